# Fails, with the addresses of the workspaces that lose data by a plan: `jq -f losses.jq plan.json`.
[
  .resource_changes[]?
  | select(.type == "krenalis_workspace" and .change.actions != ["no-op"])
  | select(
      (.change.actions | index("delete"))
      or .change.after_unknown.losses == true
      or ((.change.after.losses // []) | length > 0)
    )
  | .address
]
| if length > 0 then "data is lost in: \(join(", "))\n" | halt_error(1) else empty end

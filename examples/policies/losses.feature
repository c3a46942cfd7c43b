Feature: Workspaces keep their data

  Scenario: No column is lost
    Given I have krenalis_workspace defined
    When it has losses
    Then it must not have column

// The Container Apps environment. Its logs go through a diagnostic setting, so that no workspace key is needed.
param name string
param location string
param tags object
param publicApi bool
param zoneRedundant bool
param workspaceId string

@description('Empty: the platform\'s own network.')
param subnetId string

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: '${name}-environment'
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: { destination: 'azure-monitor' }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
    vnetConfiguration: empty(subnetId) ? null : { infrastructureSubnetId: subnetId, internal: !publicApi }
    zoneRedundant: !empty(subnetId) && zoneRedundant
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: environment
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'ContainerAppConsoleLogs', enabled: true }
      { category: 'ContainerAppSystemLogs', enabled: true }
    ]
  }
}

output id string = environment.id
output domain string = environment.properties.defaultDomain
output address string = environment.properties.staticIp

// The vault: the sealing key, the store's connection string, and the signing secrets that `keyvault:NAME` points to.
param name string
param location string
param tags object
param isPrivate bool
param sealingKeyName string
param workerPrincipalId string
param operatorPrincipalId string
param operatorPrincipalType string
param workspaceId string

@secure()
param sealingKey string

@secure()
param postgresConnectionString string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
var postgresName = 'posthorn-postgres'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: isPrivate ? 'Deny' : 'Allow' }
  }
}

resource sealing 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(sealingKey)) {
  parent: vault
  name: sealingKeyName
  properties: { value: sealingKey }
}

resource postgres 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(postgresConnectionString)) {
  parent: vault
  name: postgresName
  properties: { value: postgresConnectionString }
}

resource worker 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, workerPrincipalId, secretsUser)
  properties: {
    principalId: workerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource operator 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId)) {
  scope: vault
  name: guid(vault.id, operatorPrincipalId, secretsOfficer)
  properties: {
    principalId: operatorPrincipalId
    principalType: operatorPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'workspace'
  properties: { workspaceId: workspaceId, logs: [{ category: 'AuditEvent', enabled: true }] }
}

output id string = vault.id
output name string = vault.name
output url string = vault.properties.vaultUri
output postgresUrl string = '${vault.properties.vaultUri}secrets/${postgresName}'

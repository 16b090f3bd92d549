// The namespace, without keys, and its one queue.
param name string
param location string
param tags object
param tier string
param messagingUnits int
param queueName string
param lockDuration string
param maxDeliveryCount int
param duplicateWindow string
param timeToLive string
param sizeMegabytes int
param ordered bool
param isPrivate bool
param workspaceId string

var isPremium = tier == 'Premium'

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: isPremium
    ? { name: 'Premium', tier: 'Premium', capacity: messagingUnits }
    : { name: 'Standard', tier: 'Standard' }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    premiumMessagingPartitions: isPremium ? 1 : null
  }
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = {
  parent: namespace
  name: queueName
  properties: {
    lockDuration: lockDuration
    maxDeliveryCount: maxDeliveryCount
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: duplicateWindow
    deadLetteringOnMessageExpiration: true
    defaultMessageTimeToLive: timeToLive
    maxSizeInMegabytes: sizeMegabytes
    maxMessageSizeInKilobytes: isPremium ? 1024 : null
    requiresSession: ordered
    enablePartitioning: false
    enableBatchedOperations: true
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: namespace
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'OperationalLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output namespaceId string = namespace.id
output namespaceName string = namespace.name
output host string = replace(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':443/', '')

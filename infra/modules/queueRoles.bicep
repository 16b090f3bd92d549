// Who may do what on the queue. The worker sends and receives; the scaler reads how many wait.
param namespaceName string
param queueName string
param workerPrincipalId string
param scalerPrincipalId string
param scalerRole string
param operatorPrincipalId string
param operatorPrincipalType string

var dataSender = '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
var dataReceiver = '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
var dataOwner = '090c5cfd-751d-490a-894a-3ce6f1109419'
var isReader = scalerRole == 'queueReader'

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: namespaceName
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = {
  parent: namespace
  name: queueName
}

resource workerRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [dataSender, dataReceiver]: {
    scope: queue
    name: guid(queue.id, workerPrincipalId, role)
    properties: {
      principalId: workerPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

// The counts are in the queue's description; no built-in role gives that alone.
resource queueReader 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (isReader) {
  name: guid(resourceGroup().id, namespaceName, 'queueReader')
  properties: {
    roleName: 'Posthorn queue reader (${namespaceName})'
    description: 'Reads the descriptions of queues, with their counts. No message, no change.'
    type: 'CustomRole'
    permissions: [
      {
        actions: ['Microsoft.ServiceBus/namespaces/read', 'Microsoft.ServiceBus/namespaces/queues/read']
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: [resourceGroup().id]
  }
}

resource scalerReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (isReader) {
  scope: namespace
  name: guid(namespace.id, scalerPrincipalId, 'queueReader')
  properties: { principalId: scalerPrincipalId, principalType: 'ServicePrincipal', roleDefinitionId: queueReader.id }
}

resource scalerOwns 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!isReader) {
  scope: queue
  name: guid(queue.id, scalerPrincipalId, dataOwner)
  properties: {
    principalId: scalerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataOwner)
  }
}

resource operatorRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [dataSender, dataReceiver]: if (!empty(operatorPrincipalId)) {
    scope: queue
    name: guid(queue.id, operatorPrincipalId, role)
    properties: {
      principalId: operatorPrincipalId
      principalType: operatorPrincipalType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

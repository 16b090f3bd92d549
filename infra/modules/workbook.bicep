// The operator's view: one page over the queue's metrics and the worker's log.
param name string
param location string
param tags object
param appName string
param appId string
param namespaceId string
param workspaceId string

var page = loadTextContent('../workbook.json')
var ofNamespace = replace(page, '{namespaceId}', namespaceId)
var ofWorkspace = replace(ofNamespace, '{workspaceId}', workspaceId)
var ofApp = replace(replace(ofWorkspace, '{appId}', appId), '{app}', appName)

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, name, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: '${name}: deliveries'
    category: 'workbook'
    version: 'Notebook/1.0'
    sourceId: workspaceId
    serializedData: ofApp
  }
}

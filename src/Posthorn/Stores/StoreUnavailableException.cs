namespace Posthorn.Stores;

/// <summary>A store cannot be used now; whatever was asked for did not happen, or may have. Trying again later may help.</summary>
public sealed class StoreUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);

namespace Posthorn.Tests.Support;

/// <summary>The process is gone: nobody catches it but the test.</summary>
internal sealed class CrashException : Exception;

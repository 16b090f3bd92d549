using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Posthorn.Tests.KeyVault;

/// <summary>A log that a test reads: the name of the event, what it says, and what was thrown.</summary>
internal sealed class LogLines : ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>The lines, in order.</summary>
    public IReadOnlyList<string> All => [.. _lines];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel} {eventId.Name}: {formatter(state, exception)}{exception}");
}

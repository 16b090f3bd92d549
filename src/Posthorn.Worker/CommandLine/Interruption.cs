using System.Runtime.InteropServices;

namespace Posthorn.Worker.CommandLine;

/// <summary>
/// A long piece of work beside a worker: Ctrl-C and SIGTERM end it cleanly, between two of its steps, and a second one ends it at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _signals;

    public Interruption() => _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask)];

    /// <summary>Is cancelled when somebody asks to end it.</summary>
    public CancellationToken Token => _asked.Token;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _asked.Dispose();
    }

    private void Ask(PosixSignalContext signal)
    {
        if (_asked.IsCancellationRequested) return; // The second time the signal does what it does.
        signal.Cancel = true;
        _asked.Cancel();
    }
}

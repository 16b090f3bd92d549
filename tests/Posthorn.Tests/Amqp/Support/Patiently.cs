namespace Posthorn.Tests.Amqp.Support;

/// <summary>Waits for what another thread is about to do.</summary>
internal static class Patiently
{
    public static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!isSo()) await Task.Delay(1, patience.Token);
    }
}

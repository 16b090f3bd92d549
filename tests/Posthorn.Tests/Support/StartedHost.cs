using Microsoft.Extensions.Hosting;

namespace Posthorn.Tests.Support;

/// <summary>A host that has started.</summary>
internal sealed class StartedHost : IHostApplicationLifetime
{
    public CancellationToken ApplicationStarted { get; } = new(canceled: true);

    public CancellationToken ApplicationStopping => CancellationToken.None;

    public CancellationToken ApplicationStopped => CancellationToken.None;

    public void StopApplication()
    {
    }
}

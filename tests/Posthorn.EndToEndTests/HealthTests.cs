namespace Posthorn.EndToEndTests;

/// <summary>The health probe as a container image calls it.</summary>
public sealed class HealthTests : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_worker_that_is_up_is_healthy_and_one_that_is_not_there_is_not()
    {
        var (port, url) = Address("127.0.0.1");
        var worker = await _harness.StartWorkerAtAsync(port);

        var healthy = await _harness.RunAsync("health", url, "--json");
        var ready = await _harness.RunAsync("health", url, "--ready");
        await worker.KillAsync();
        var gone = await _harness.RunAsync("health", url);

        (healthy.ExitCode, healthy.JsonLines()[0].GetProperty("status").GetString()).ShouldBe((0, "healthy"), healthy.Everything());
        (ready.ExitCode, ready.Output.Trim()).ShouldBe((0, "ready"), ready.Everything());
        gone.ExitCode.ShouldBe(1, gone.Everything());
        gone.Output.ShouldStartWith("unhealthy: ");
    }

    [Fact]
    public async Task A_worker_on_every_address_is_asked_on_this_machine()
    {
        var (port, url) = Address("0.0.0.0");
        await _harness.StartWorkerAtAsync(port, url);

        var healthy = await _harness.RunAsync("health", url);

        (healthy.ExitCode, healthy.Output.Trim()).ShouldBe((0, "healthy"), healthy.Everything());
    }

    private static (int Port, string Setting) Address(string host)
    {
        var port = Ports.Free();
        return (port, $"--api:url=http://{host}:{port}");
    }
}

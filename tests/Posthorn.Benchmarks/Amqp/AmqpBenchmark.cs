using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Amqp;

/// <summary>How fast mail is accepted, durably: by the API in batches, over AMQP with nothing around it, and from Azure's own SDK; in the same rounds.</summary>
internal sealed class AmqpBenchmark(AmqpBenchmarkOptions options)
{
    public async Task<AmqpReport> RunAsync(CancellationToken cancellation)
    {
        await using var run = await AmqpRun.StartAsync(options, cancellation);
        var missing = await JavaScriptProducer.ComplaintAsync(cancellation);
        if (missing is not null) Report.Note($"without Azure's SDK: {missing}");
        var rounds = new List<AmqpRound>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            rounds.Add(new AmqpRound(await run.ApiAsync(cancellation), await run.BareAsync(cancellation), await run.BareBatchAsync(cancellation), missing is null ? await run.JavaScriptAsync(cancellation) : null));
            var (api, bare, batch, sdk) = rounds[^1];
            Report.Note($"round {round}: API {api.PerSecond:0} a second ({api.CpuMicroseconds:0.0} us of processor each), bare {bare.PerSecond:0} ({bare.CpuMicroseconds:0.0}), in batches {batch.PerSecond:0} ({batch.CpuMicroseconds:0.0}), SDK {sdk:0}");
        }

        return AmqpReport.Of(options, rounds, missing);
    }
}

/// <summary>How much is sent.</summary>
internal sealed record AmqpBenchmarkOptions
{
    /// <summary>Messages, in each round and each way.</summary>
    public int Messages { get; init; } = 40_000;

    /// <summary>Envelopes a call of the API.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>Messages a batch of the bare protocol: as many as are in a frame.</summary>
    public int FrameBatch { get; init; } = 40;

    /// <summary>Producers at once.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>The bytes of each one's data.</summary>
    public int Payload { get; init; } = 1024;

    public int Rounds { get; init; } = 3;

    /// <summary>Just enough to see that it works.</summary>
    public AmqpBenchmarkOptions Quick() => this with { Messages = 2000, Rounds = 1 };
}

/// <summary>One round.</summary>
/// <param name="Api">The API, in batches.</param>
/// <param name="Bare">The bare protocol, one message a transfer.</param>
/// <param name="BareBatch">The bare protocol, many messages a transfer.</param>
/// <param name="Sdk">Azure's SDK: messages a second; null without it.</param>
internal sealed record AmqpRound(AcceptedRun Api, AcceptedRun Bare, AcceptedRun BareBatch, double? Sdk);

using System.Collections.Concurrent;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>All destinations of a receiver process, and what came to them.</summary>
internal sealed class Receivers
{
    private readonly List<Destination> _answering;
    private readonly List<Destination> _hanging;
    private readonly FaultPlan? _faults;
    private readonly ConcurrentDictionary<int, bool> _reached = new();
    private ConcurrentQueue<Arrival> _arrivals = new();
    private volatile bool _isCalm;

    public Receivers(int answering, int hanging, int? faultSeed)
    {
        _faults = faultSeed is { } seed ? new FaultPlan(seed) : null;
        _answering = [.. Enumerable.Range(0, answering).Select(n => new Destination((request, wire) => AnswerAsync(n, request, wire)))];
        _hanging = [.. Enumerable.Range(0, hanging).Select(n => new Destination((_, wire) => HangAsync(n, wire)))];
    }

    public ReceiverPorts Ports => new(_answering.ConvertAll(each => each.Port), _hanging.ConvertAll(each => each.Port));

    public ReceiverCounts Counts => new(_arrivals.Count, _reached.Count);

    public IReadOnlyList<Arrival> Arrivals => [.. _arrivals];

    public void Forget() => _arrivals = new ConcurrentQueue<Arrival>();

    public void Close(int destination) => _answering[destination].Close();

    public void Open(int destination) => _answering[destination].Open();

    public void Calm()
    {
        _isCalm = true;
        foreach (var destination in _answering) destination.Open();
    }

    private Task<bool> HangAsync(int destination, Wire wire)
    {
        _reached[destination] = true;
        return wire.HangAsync();
    }

    /// <summary>Notes the request before it is answered: what a sender was told of must be on record.</summary>
    private async Task<bool> AnswerAsync(int destination, WireRequest request, Wire wire)
    {
        var fault = _faults is null || _isCalm ? Fault.None : _faults.Next(request.Id);
        if (fault is Fault.Slow) await Task.Delay(_faults?.Slowness(request.Id) ?? TimeSpan.Zero);
        _arrivals.Enqueue(new Arrival(
            request.Id, request.At, destination, fault.Answer(), _faults is null ? null : request.IsSignedWith(_faults.Secret), _faults is null ? null : request.Digest()));
        return await wire.AnswerAsync(fault);
    }
}

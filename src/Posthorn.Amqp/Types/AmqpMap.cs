using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Posthorn.Amqp.Types;

/// <summary>
/// A polymorphic mapping from distinct keys to values (AMQP 1.0 §1.6.23). It keeps the order it was written in, which the
/// specification says is part of what a map is.
/// </summary>
public sealed class AmqpMap : IEnumerable<KeyValuePair<object, object?>>
{
    private const int SmallEnoughToScan = 8;
    private readonly List<KeyValuePair<object, object?>> _pairs;
    private Dictionary<object, int>? _index;

    /// <summary>An empty map.</summary>
    public AmqpMap() : this(0)
    {
    }

    internal AmqpMap(int capacity) => _pairs = new(capacity);

    /// <summary>How many pairs it has.</summary>
    public int Count => _pairs.Count;

    /// <summary>The value of a key, null when there is none; setting it replaces a value or appends a pair.</summary>
    public object? this[object key]
    {
        get => TryGetValue(key, out var value) ? value : null;
        set
        {
            var at = Find(key);
            if (at < 0) Append(key, value);
            else _pairs[at] = new(key, value);
        }
    }

    /// <summary>Appends a pair.</summary>
    /// <exception cref="ArgumentException">The key is there already.</exception>
    public void Add(object key, object? value)
    {
        if (!TryAdd(key, value)) throw new ArgumentException($"The key '{key}' is there already.", nameof(key));
    }

    /// <summary>Appends a pair; false when the key is there already.</summary>
    public bool TryAdd(object key, object? value)
    {
        if (Find(key) >= 0) return false;
        Append(key, value);
        return true;
    }

    /// <summary>Looks a key up.</summary>
    public bool TryGetValue(object key, out object? value)
    {
        var at = Find(key);
        value = at < 0 ? null : _pairs[at].Value;
        return at >= 0;
    }

    /// <summary>The value of a key when it has the type; otherwise false.</summary>
    public bool TryGet<T>(object key, [NotNullWhen(true)] out T? value)
    {
        value = TryGetValue(key, out var found) && found is T typed ? typed : default;
        return value is not null && found is T;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<object, object?>> GetEnumerator() => _pairs.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Append(object key, object? value)
    {
        _pairs.Add(new(key, value));
        _index?.Add(key, _pairs.Count - 1);
        if (_index is null && _pairs.Count > SmallEnoughToScan) _index = BuildIndex();
    }

    private Dictionary<object, int> BuildIndex()
    {
        var index = new Dictionary<object, int>(_pairs.Count * 2);
        for (var at = 0; at < _pairs.Count; at++) index.Add(_pairs[at].Key, at);
        return index;
    }

    private int Find(object key)
    {
        if (_index is not null) return _index.TryGetValue(key, out var found) ? found : -1;
        for (var at = 0; at < _pairs.Count; at++)
        {
            if (_pairs[at].Key.Equals(key)) return at;
        }

        return -1;
    }
}

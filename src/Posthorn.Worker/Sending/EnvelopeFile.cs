using Posthorn.Envelopes;

namespace Posthorn.Worker.Sending;

/// <summary>One envelope of a file: the line it begins on, or its place in the array, and its bytes.</summary>
internal sealed record FiledEnvelope(string File, int Number, ReadOnlyMemory<byte> Json);

/// <summary>Reads files of envelopes: a JSON object, an array, or one a line.</summary>
internal static class EnvelopeFile
{
    /// <summary>The file that is standard input.</summary>
    public const string StandardInput = "-";

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The files' bytes together; null when one of them is standard input.</summary>
    public static long? TotalBytes(IReadOnlyList<string> files) =>
        files.Contains(StandardInput, StringComparer.Ordinal) ? null : files.Sum(file => new FileInfo(file).Length);

    /// <summary>The envelopes in order. Lines are read as they are asked for; an object over several lines, or an array, whole.</summary>
    public static IEnumerable<FiledEnvelope> Read(string file)
    {
        using var stream = file == StandardInput ? Console.OpenStandardInput() : File.OpenRead(file);
        var lines = new LineReader(stream);
        var first = lines.Next();
        while (first is { } blank && IsBlank(blank)) first = lines.Next();
        if (first is not { } line) yield break;
        if (line.Span.StartsWith(ByteOrderMark)) line = line[ByteOrderMark.Length..];

        var isLines = !JsonItems.IsArray(line.Span) && JsonItems.IsValue(line.Span);
        foreach (var envelope in isLines ? Lines(file, line, lines) : Items(file, line, lines)) yield return envelope;
    }

    private static IEnumerable<FiledEnvelope> Lines(string file, ReadOnlyMemory<byte> first, LineReader lines)
    {
        for (ReadOnlyMemory<byte>? line = first; line is { } json; line = lines.Next())
            if (!IsBlank(json)) yield return new FiledEnvelope(file, lines.Number, json);
    }

    /// <summary>One value over all lines; but when its first line is broken and the second is a value, these are lines with a fault.</summary>
    private static IEnumerable<FiledEnvelope> Items(string file, ReadOnlyMemory<byte> first, LineReader lines)
    {
        var number = lines.Number;
        if (!JsonItems.IsArray(first.Span) && lines.Next() is { } second)
        {
            if (JsonItems.IsValue(second.Span))
            {
                yield return new FiledEnvelope(file, number, first);
                foreach (var envelope in Lines(file, second, lines)) yield return envelope;
                yield break;
            }

            first = Joined(first, second);
        }

        var whole = Joined(first, lines.Rest());
        if (!JsonItems.IsArray(whole.Span) || JsonItems.Split(whole) is not { } items) yield return new FiledEnvelope(file, number, whole);
        else
            foreach (var (index, item) in items.Index()) yield return new FiledEnvelope(file, index + 1, item);
    }

    private static ReadOnlyMemory<byte> Joined(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => (byte[])[.. first.Span, (byte)'\n', .. second.Span];

    private static bool IsBlank(ReadOnlyMemory<byte> line) => line.Span.Trim(" \t\r"u8).IsEmpty;
}

/// <summary>Cuts a stream into lines without decoding them: what is inside is the producer's, byte for byte.</summary>
internal sealed class LineReader(Stream stream)
{
    private const int MaxBytesAtOnce = 1 << 28;
    private byte[] _buffer = new byte[1 << 17];
    private int _start;
    private int _end;
    private bool _isOver;

    /// <summary>The number of the last line, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The next line without its end; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Next()
    {
        for (var searched = 0; ;)
        {
            var newline = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (newline >= 0) return Take(searched + newline, 1);
            searched = _end - _start;
            if (_isOver && searched == 0) return null;
            if (_isOver) return Take(searched, 0);
            Fill();
        }
    }

    /// <summary>Everything that is left.</summary>
    public ReadOnlyMemory<byte> Rest()
    {
        while (!_isOver) Fill();
        return Take(_end - _start, 0);
    }

    private ReadOnlyMemory<byte> Take(int length, int separator)
    {
        var line = _buffer.AsSpan(_start, length).ToArray();
        _start += length + separator;
        Number++;
        return line;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length && _end >= MaxBytesAtOnce) throw new IOException($"one line, or one array, has more than {MaxBytesAtOnce} bytes; write one envelope a line");
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _isOver = read == 0;
        _end += read;
    }
}

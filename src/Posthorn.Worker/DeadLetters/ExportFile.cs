using Posthorn.Settings;

namespace Posthorn.Worker.DeadLetters;

/// <summary>Where an export goes: a new file that only its owner can read, or standard output.</summary>
internal sealed class ExportFile : IDisposable
{
    public const string StandardOutput = "-";
    private readonly Stream _stream;

    private ExportFile(string path, Stream stream) => (Path, _stream) = (path, stream);

    /// <summary>The file as it was named.</summary>
    public string Path { get; }

    /// <summary>Makes the file; one that is there is never written over.</summary>
    /// <exception cref="SettingsException">It cannot be made.</exception>
    public static ExportFile Create(string option, string path)
    {
        if (path == StandardOutput) return new ExportFile(path, new BufferedStream(Console.OpenStandardOutput(), 64 * 1024));
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 64 * 1024 };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return new ExportFile(path, new FileStream(path, options));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(option, $"'{path}' cannot be made: {refused.Message}", "a new file in a folder that can be written");
        }
    }

    /// <summary>Writes a line.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> line)
    {
        await _stream.WriteAsync(line);
        _stream.WriteByte((byte)'\n');
    }

    /// <summary>What was written survives a power cut after this.</summary>
    public void FlushToDisk()
    {
        if (_stream is FileStream file) file.Flush(flushToDisk: true);
        else _stream.Flush();
    }

    public void Dispose() => _stream.Dispose();
}

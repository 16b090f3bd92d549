using System.Diagnostics;
using System.Text;
using Posthorn.DeadLetters;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Settings;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary>Has one dead letter's envelope edited in the operator's editor.</summary>
internal static class EditedEnvelope
{
    private static readonly string[] Variables = ["VISUAL", "EDITOR"];

    /// <summary>The message of the edited envelope; null when it was left as it was.</summary>
    /// <exception cref="SettingsException">There is no editor, or what was written cannot be sent; the file is kept then.</exception>
    public static async Task<QueueMessage?> AskAsync(DeadLetter letter, ProfileCatalog profiles, OpenQueue queue, CancellationToken cancellationToken)
    {
        var edit = EnvelopeEdit.Open(letter, profiles, queue.Builder, queue.Sealer, out var problem)
            ?? throw new SettingsException("--edit", $"the dead letter {letter.Sequence} cannot be edited: {problem}", "one that holds an envelope");
        var folder = Directory.CreateTempSubdirectory("posthorn-"); // Only its owner's to read.
        var file = Path.Combine(folder.FullName, "envelope.json");
        var before = Encoding.UTF8.GetBytes(edit.Text());
        await File.WriteAllBytesAsync(file, before, cancellationToken);
        await OpenEditorAsync(file, cancellationToken);
        var after = await File.ReadAllBytesAsync(file, cancellationToken);
        if (after.AsSpan().SequenceEqual(before))
        {
            folder.Delete(recursive: true);
            Terminal.Note("The envelope was left as it was: nothing was done.");
            return null;
        }

        var errors = new List<EnvelopeError>();
        var message = edit.Read(after, errors) ?? throw new SettingsException([.. errors.Select(error => new SettingError("--edit", $"{error} (what you wrote is in {file})", "an envelope that can be sent"))]);
        folder.Delete(recursive: true);
        return message;
    }

    private static async Task OpenEditorAsync(string file, CancellationToken cancellationToken)
    {
        var editor = Variables.Select(Environment.GetEnvironmentVariable).FirstOrDefault(each => !string.IsNullOrWhiteSpace(each))
            ?? throw new SettingsException("EDITOR", "is not set", "a command that edits the file it is given, such as EDITOR=nano");

        // As the shell would: an editor may come with arguments.
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd.exe", ["/c", $"{editor} \"{file}\""])
            : new ProcessStartInfo("/bin/sh", ["-c", $"{editor} \"$1\"", "posthorn", file]);
        using var process = Process.Start(start) ?? throw new SettingsException("EDITOR", $"'{editor}' does not start", "a command that edits the file it is given");
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new SettingsException("EDITOR", $"'{editor}' ended with {process.ExitCode}; nothing was done", "a command that edits the file it is given, such as EDITOR=nano");
    }
}

using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>
/// The hidden verb that is the receivers' process. It prints its ports, then answers each line of its standard input with one line of
/// JSON, and ends with its input: a benchmark that is gone leaves none behind.
/// </summary>
internal static class ReceiveCommand
{
    public const string Verb = "receive";
    private static readonly Option<int> Answering = new("--answering") { DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Hanging = new("--hanging");
    private static readonly Option<int?> Faults = new("--faults");

    public static Command Create()
    {
        var command = new Command(Verb) { Answering, Hanging, Faults };
        command.Hidden = true;
        command.SetAction((parsed, _) => ServeAsync(parsed.GetValue(Answering), parsed.GetValue(Hanging), parsed.GetValue(Faults)));
        return command;
    }

    private static async Task<int> ServeAsync(int answering, int hanging, int? faultSeed)
    {
        // The signal of a terminal goes to the whole process group; this process ends with its input.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);
        var receivers = new Receivers(answering, hanging, faultSeed);
        Say(receivers.Ports, ReceivingJson.Default.ReceiverPorts);
        while (await Console.In.ReadLineAsync() is { } line) Answer(receivers, line.Split(' '));
        return BenchmarkCommand.Done;
    }

    private static void Answer(Receivers receivers, string[] question)
    {
        switch (question)
        {
            case ["arrivals"]: Say(receivers.Arrivals, ReceivingJson.Default.IReadOnlyListArrival); return;
            case ["forget"]: receivers.Forget(); break;
            case ["calm"]: receivers.Calm(); break;
            case ["close", var which]: receivers.Close(int.Parse(which, CultureInfo.InvariantCulture)); break;
            case ["open", var which]: receivers.Open(int.Parse(which, CultureInfo.InvariantCulture)); break;
        }

        Say(receivers.Counts, ReceivingJson.Default.ReceiverCounts);
    }

    private static void Say<T>(T value, JsonTypeInfo<T> type)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(value, type));
        Console.Out.Flush();
    }
}

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
    private static readonly Option<bool> Lean = new("--lean");
    private static readonly Option<bool> Closing = new("--closing");

    public static Command Create()
    {
        var command = new Command(Verb) { Answering, Hanging, Faults, Lean, Closing };
        command.Hidden = true;
        command.SetAction((parsed, _) => parsed.GetValue(Lean) ? CountAsync(parsed.GetValue(Closing)) : ReceiveAsync(parsed.GetValue(Answering), parsed.GetValue(Hanging), parsed.GetValue(Faults)));
        return command;
    }

    private static Task<int> ReceiveAsync(int answering, int hanging, int? faultSeed)
    {
        var receivers = new Receivers(answering, hanging, faultSeed);
        return ServeAsync(receivers.Ports, question => Answer(receivers, question));
    }

    private static Task<int> CountAsync(bool isClosing)
    {
        var receiver = new LeanReceiver(isClosing);
        return ServeAsync(receiver.Ports, question => Answer(receiver.Tally, question));
    }

    private static async Task<int> ServeAsync(ReceiverPorts ports, Action<string[]> answer)
    {
        // The signal of a terminal goes to the whole process group; this process ends with its input.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);
        Say(ports, ReceivingJson.Default.ReceiverPorts);
        while (await Console.In.ReadLineAsync() is { } line) answer(line.Split(' '));
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

    private static void Answer(Tally tally, string[] question)
    {
        if (question is ["forget"]) tally.Forget();
        Say(tally.Counts, ReceivingJson.Default.TallyCounts);
    }

    private static void Say<T>(T value, JsonTypeInfo<T> type)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(value, type));
        Console.Out.Flush();
    }
}

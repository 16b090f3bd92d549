namespace Posthorn.EndToEndTests.Amqp;

/// <summary>
/// One of Azure's own SDKs, and what runs programs written with it. Where it is not installed its facts are skipped; where its variable
/// says that it is, as in the gate, they fail.
/// </summary>
internal sealed class AzureSdk
{
    private const string Folder = "POSTHORN_TEST_AZURE_JS";
    private const string Interpreter = "POSTHORN_TEST_AZURE_PYTHON";
    private static readonly string Scripts = Path.Combine(AppContext.BaseDirectory, "Amqp", "Scripts");
    private static readonly string? Modules = Environment.GetEnvironmentVariable(Folder) is { Length: > 0 } folder ? Path.Combine(folder, "node_modules") : Environment.GetEnvironmentVariable("NODE_PATH");
    private readonly string _program;
    private readonly string[] _isThere;
    private readonly string _variable;

    private AzureSdk(string name, string extension, string program, string isThere, string variable)
    {
        (Name, Extension, _program, _variable) = (name, extension, program, variable);
        _isThere = [name == "python" ? "-c" : "-e", isThere];
    }

    /// <summary>@azure/service-bus of npm, in the folder that <c>POSTHORN_TEST_AZURE_JS</c> or else <c>NODE_PATH</c> names.</summary>
    public static AzureSdk JavaScript { get; } = new("js", "mjs", "node", "require('@azure/service-bus')", Folder);

    /// <summary>azure-servicebus of Debian (python3-azure and python3-uamqp).</summary>
    public static AzureSdk Python { get; } = new("python", "py", Environment.GetEnvironmentVariable(Interpreter) is { Length: > 0 } path ? path : "/usr/bin/python3", "import azure.servicebus", Interpreter);

    /// <summary>What Markdown calls its language.</summary>
    public string Name { get; }

    /// <summary>How a file is called that holds a program of the README.</summary>
    public string Extension { get; }

    /// <summary>Skips the test that asks where there is no such SDK.</summary>
    public async Task RequireAsync(Harness harness)
    {
        var complaint = await ComplaintAsync(harness);
        if (complaint is null) return;
        var promised = Environment.GetEnvironmentVariable(_variable);
        if (string.IsNullOrEmpty(promised)) Assert.Skip($"Azure's SDK is not here, and {_variable} does not say where it is: {complaint}");
        Assert.Fail($"{_variable}={promised} says that Azure's SDK is here, and it is not; without a network it cannot be installed.\n{complaint}\n{Installation(promised)}");
    }

    /// <summary>A script of this folder.</summary>
    public ChildProcess Start(Harness harness, FrontDoor door, string script) =>
        StartFile(harness, door, Path.Combine(Scripts, $"{script}.{(Extension == "mjs" ? "js" : Extension)}"));

    /// <summary>A program of somebody else, in a file of the harness's folder; modules are found beside it.</summary>
    public ChildProcess StartFile(Harness harness, FrontDoor door, string file, params (string Name, string Value)[] variables)
    {
        // What an 'import' names is not looked for in NODE_PATH, but beside the file.
        var modules = Path.Combine(harness.Folder, "node_modules");
        if (Modules is not null && !Directory.Exists(modules)) Directory.CreateSymbolicLink(modules, Modules);
        var environment = new Dictionary<string, string>(door.Environment) { ["NODE_PATH"] = Modules ?? "", ["PYTHONPATH"] = Scripts, ["PYTHONDONTWRITEBYTECODE"] = "1", ["PYTHONWARNINGS"] = "ignore" };
        foreach (var (name, value) in variables) environment[name] = value;
        return harness.StartProgram(_program, [file], environment);
    }

    private async Task<string?> ComplaintAsync(Harness harness)
    {
        try
        {
            var probe = harness.StartProgram(_program, _isThere, new Dictionary<string, string> { ["NODE_PATH"] = Modules ?? "" });
            await probe.WaitForExitAsync(TimeSpan.FromSeconds(45));
            return probe.ExitCode == 0 ? null : probe.Everything();
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return missing.Message;
        }
    }

    /// <summary>What the gate's installation said.</summary>
    private static string Installation(string promised) => Path.Combine(promised, "install.log") is var log && File.Exists(log) ? File.ReadAllText(log) : "";
}

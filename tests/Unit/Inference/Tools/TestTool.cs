using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Tests.Unit.Inference.Tools;

/// <summary>A tool that does what a test says.</summary>
internal sealed class TestTool(string name, Func<ToolArguments, CancellationToken, Task<string>> run) : ITool
{
    public TestTool(string name, string output)
        : this(name, (_, _) => Task.FromResult(output))
    {
    }

    public string Name => name;

    public string Description => "Sınama.";

    public string ArgumentSchema { get; init; } = """{"type":"object"}""";

    public int Calls { get; private set; }

    public Task<string> InvokeAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        Calls++;
        return run(arguments, cancellationToken);
    }
}

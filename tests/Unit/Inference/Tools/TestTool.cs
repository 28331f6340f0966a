using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Tests.Unit.Inference.Tools;

/// <summary>A tool that does what a test says.</summary>
internal sealed class TestTool(string name, Func<ToolArguments, CancellationToken, Task<string>> run) : ITool
{
    private int _calls;

    public TestTool(string name, string output)
        : this(name, (_, _) => Task.FromResult(output))
    {
    }

    public string Name => name;

    public string Description => "Sınama.";

    public string ArgumentSchema { get; init; } = """{"type":"object"}""";

    // The calls of several answers may run at the same time.
    public int Calls => _calls;

    public Task<string> InvokeAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        return run(arguments, cancellationToken);
    }
}

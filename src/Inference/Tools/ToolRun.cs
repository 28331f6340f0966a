namespace TurkishLlm.Inference.Tools;

/// <summary>A call of a tool and its output.</summary>
/// <param name="Name">Name of the tool; empty if the call could not be read.</param>
/// <param name="Arguments">The arguments as JSON; of a call that could not be read, the call itself.</param>
/// <param name="Output">The output as the model reads it.</param>
/// <param name="Outcome">The outcome of the call.</param>
public sealed record ToolRun(string Name, string Arguments, string Output, ToolOutcome Outcome);

/// <summary>The outcome of a tool call.</summary>
public enum ToolOutcome
{
    /// <summary>The tool returned an output.</summary>
    Completed,

    /// <summary>The tool returned an output that was cut off.</summary>
    Truncated,

    /// <summary>The tool failed; the model reads the reason.</summary>
    Failed,

    /// <summary>The time limit was reached.</summary>
    TimedOut,

    /// <summary>The call is not an object with a name and arguments; nothing was run.</summary>
    Unreadable,

    /// <summary>There is no tool of that name; nothing was run.</summary>
    UnknownTool,

    /// <summary>The limit of calls was reached before; nothing was run.</summary>
    TooManyCalls,
}

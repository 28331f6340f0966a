namespace TurkishLlm.Spec.Chains;

/// <summary>A step that writes its option and the content of its inputs to its output.</summary>
/// <param name="Name">Name of the step, of its output without the extension.</param>
/// <param name="Inputs">Files that it reads.</param>
public sealed record CopyStep(string Name, params IReadOnlyList<string> Inputs)
{
    /// <summary>File that it writes.</summary>
    public string Output => $"{Name}.txt";
}

/// <summary>Events in the folder of a small chain.</summary>
/// <param name="Events">The events, in order.</param>
public sealed record ChainCase(params IReadOnlyList<ChainEvent> Events)
{
    /// <summary>A chain of two branches: text → words → model, and pages → rows, and tuned from both.</summary>
    public static IReadOnlyList<CopyStep> Steps { get; } =
    [
        new("words", "text.src"), new("model", "words.txt", "text.src"), new("rows", "pages.src"),
        new("tuned", "model.txt", "rows.txt"),
    ];

    /// <summary>The inputs that no step writes.</summary>
    public static IReadOnlyList<string> Sources { get; } = ["text.src", "pages.src"];

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Events.Select(what => what switch
    {
        ChainEvent.Run { Killed: { } step } => $"killed in {step}",
        ChainEvent.Run => "run",
        ChainEvent.Change change => $"other {change.File}",
        ChainEvent.Touch touch => $"same {touch.File}",
        ChainEvent.Option option => $"option of {option.Step}",
        ChainEvent.Delete delete => $"no {delete.File}",
        _ => "",
    }));
}

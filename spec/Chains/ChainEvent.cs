namespace TurkishLlm.Spec.Chains;

/// <summary>Something that happens to the folder of a chain.</summary>
public abstract record ChainEvent
{
    /// <summary>The chain runs.</summary>
    /// <param name="Killed">Step in which the process is killed, with half of the output written; null for none.</param>
    public sealed record Run(string? Killed = null) : ChainEvent;

    /// <summary>A file gets other content, and the times of an older file.</summary>
    /// <param name="File">The file.</param>
    public sealed record Change(string File) : ChainEvent;

    /// <summary>A file is written again with the same content, and has a new time.</summary>
    /// <param name="File">The file.</param>
    public sealed record Touch(string File) : ChainEvent;

    /// <summary>The option of a step changes.</summary>
    /// <param name="Step">The step.</param>
    public sealed record Option(string Step) : ChainEvent;

    /// <summary>A file or folder is deleted.</summary>
    /// <param name="File">The file.</param>
    public sealed record Delete(string File) : ChainEvent;
}

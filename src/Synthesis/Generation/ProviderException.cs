namespace TurkishLlm.Synthesis.Generation;

/// <summary>A service did not answer.</summary>
public sealed class ProviderException : IOException
{
    /// <param name="message">What happened.</param>
    /// <param name="kind">What it means.</param>
    /// <param name="inner">The cause.</param>
    public ProviderException(string message, FailureKind kind, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>What it means.</summary>
    public FailureKind Kind { get; }

    /// <summary>How long the service asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The service may have answered, and may ask to be paid, although no reply came here.</summary>
    public bool InDoubt { get; init; }
}

namespace TurkishLlm.Synthesis.Generation;

/// <summary>A service did not answer a request.</summary>
public sealed class ProviderException : IOException
{
    /// <param name="message">The message.</param>
    /// <param name="kind">The consequence.</param>
    /// <param name="inner">The cause.</param>
    public ProviderException(string message, FailureKind kind, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>The consequence of the failure.</summary>
    public FailureKind Kind { get; }

    /// <summary>The delay that the service asks for; null if it gives none.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True if the service may have answered and may charge for it, although no reply was received.</summary>
    public bool InDoubt { get; init; }

    /// <summary>The part of a reply that was received before the connection broke; null if nothing was received.</summary>
    public RawReply? Partial { get; init; }
}

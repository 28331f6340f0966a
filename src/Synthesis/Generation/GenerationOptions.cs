namespace TurkishLlm.Synthesis.Generation;

/// <summary>Options for sending requests.</summary>
/// <param name="Price">Price of the model.</param>
public sealed record GenerationOptions(ModelPrice Price)
{
    /// <summary>Maximum number of requests in flight.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>Maximum cost in dollars, including earlier runs and requests in doubt; null for no limit.</summary>
    public decimal? Budget { get; init; }

    /// <summary>
    /// Maximum number of replies per request, over all runs. Unreadable replies are requested, and paid, again.
    /// </summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Maximum number of consecutive failures of a request before it is left for the next run.</summary>
    public int MaxConsecutiveFailures { get; init; } = 8;

    /// <summary>Delay before the first retry. It doubles with each further retry, up to a minute.</summary>
    public TimeSpan InitialBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Maximum delay that a service may ask for; if it asks for more, generation stops.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Number of consecutive replies without text after which generation stops before it pays for more.</summary>
    public int MaxRepliesWithoutText { get; init; } = 6;

    /// <summary>Receives every wait before it begins; null to wait silently.</summary>
    public Action<GenerationWait>? OnWait { get; init; }

    /// <summary>Maximum number of requests per minute; null for no limit.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Maximum number of tokens per minute, counted by the upper bound of each request; null for no limit.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Interval between status checks of a batch.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(30);
}

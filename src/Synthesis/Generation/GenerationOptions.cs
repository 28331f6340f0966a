namespace TurkishLlm.Synthesis.Generation;

/// <summary>How requests are sent.</summary>
/// <param name="Price">What the model costs.</param>
public sealed record GenerationOptions(ModelPrice Price)
{
    /// <summary>Requests on their way at once.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>Most dollars, those of earlier runs and the doubtful ones included; null for no limit.</summary>
    public decimal? Budget { get; init; }

    /// <summary>Most replies to one request: unreadable ones are asked for again, and paid again.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Most times in a row that a request is sent without a reply, before it is left for the next run.</summary>
    public int MaxConsecutiveFailures { get; init; } = 8;

    /// <summary>Wait before the first repetition; each further one waits twice as long, up to a minute.</summary>
    public TimeSpan InitialBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Most requests a minute; null for no limit.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Most tokens sent a minute, by the most that requests can have; null for no limit.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Between two looks at a batch.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(30);
}

namespace TurkishLlm.Cli;

/// <summary>What the program tells the shell.</summary>
public enum ExitCode
{
    /// <summary>Everything asked for is done.</summary>
    Success = 0,

    /// <summary>The program failed, or training diverged.</summary>
    Failed = 1,

    /// <summary>A file, a configuration or a word of the command line is wrong; the message says how to go on.</summary>
    InvalidInput = 2,

    /// <summary>The specification does not hold; nothing was trained.</summary>
    GateClosed = 3,

    /// <summary>A model is worse than it may be; see <c>evaluate --max-forgetting</c>.</summary>
    QualityThresholdNotMet = 4,

    /// <summary>Stopped by Ctrl+C or a signal; what was reached is saved.</summary>
    Interrupted = 130,
}

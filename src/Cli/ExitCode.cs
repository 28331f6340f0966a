namespace TurkishLlm.Cli;

/// <summary>Exit codes of the program.</summary>
public enum ExitCode
{
    /// <summary>The command succeeded.</summary>
    Success = 0,

    /// <summary>The command failed, or training diverged.</summary>
    Failed = 1,

    /// <summary>A file, plan or argument is invalid; the message suggests a fix.</summary>
    InvalidInput = 2,

    /// <summary>The gate is closed: a requirement does not hold. Nothing was trained.</summary>
    GateClosed = 3,

    /// <summary>A quality threshold was not met; see <c>evaluate --max-forgetting</c>.</summary>
    QualityThresholdNotMet = 4,

    /// <summary>Interrupted by Ctrl+C or a signal; a checkpoint was saved.</summary>
    Interrupted = 130,
}

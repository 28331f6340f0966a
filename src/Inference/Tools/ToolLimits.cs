using TurkishLlm.Model;

namespace TurkishLlm.Inference.Tools;

/// <summary>Limits of the tools of one answer.</summary>
public sealed record ToolLimits
{
    /// <summary>Maximum number of calls that run.</summary>
    public int MaxCalls { get; init; } = 8;

    /// <summary>Maximum duration of a call. A tool that takes longer is abandoned.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Maximum length of an output, in tokens. What is longer, or does not fit the context, is cut off.</summary>
    public int MaxOutputTokens { get; init; } = 512;

    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public void Validate()
    {
        var problems = new List<ConfigurationProblem>();
        if (MaxCalls < 1)
            problems.Add(new(FormattableString.Invariant($"max_calls is {MaxCalls}; it must be at least 1."), "max_calls"));
        if (Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromHours(1))
            problems.Add(new(FormattableString.Invariant(
                $"The time limit of tools is {Timeout.TotalSeconds} seconds; it must be more than 0 and at most 3600."),
                "timeout"));
        if (MaxOutputTokens < ToolLoop.MinOutputTokens)
            problems.Add(new(FormattableString.Invariant(
                $"max_output_tokens is {MaxOutputTokens}; it must be at least {ToolLoop.MinOutputTokens}."),
                "max_output_tokens"));
        ConfigurationException.ThrowIfAny(problems);
    }
}

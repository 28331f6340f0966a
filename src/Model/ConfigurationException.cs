namespace TurkishLlm.Model;

/// <summary>A configuration cannot be used. Every problem is told at once, one per line.</summary>
public sealed class ConfigurationException : Exception
{
    /// <param name="problems">What is wrong; at least one.</param>
    public ConfigurationException(IEnumerable<ConfigurationProblem> problems)
        : this([.. problems])
    {
    }

    /// <param name="problem">The one thing that is wrong.</param>
    public ConfigurationException(string problem)
        : this([new ConfigurationProblem(problem)])
    {
    }

    private ConfigurationException(ConfigurationProblem[] problems)
        : base(string.Join('\n', problems.AsEnumerable())) => Problems = problems;

    /// <summary>What is wrong, in the order of the message.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; }

    /// <summary>Throws when there is something to tell.</summary>
    /// <exception cref="ConfigurationException"><paramref name="problems"/> is not empty.</exception>
    public static void ThrowIfAny(IReadOnlyCollection<ConfigurationProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (problems.Count > 0) throw new ConfigurationException(problems);
    }
}

namespace TurkishLlm.Model;

/// <summary>Thrown when a configuration is invalid. The message lists all problems, one per line.</summary>
public sealed class ConfigurationException : Exception
{
    /// <param name="problems">The problems; at least one.</param>
    public ConfigurationException(IEnumerable<ConfigurationProblem> problems)
        : this([.. problems])
    {
    }

    /// <param name="problem">The only problem.</param>
    public ConfigurationException(string problem)
        : this([new ConfigurationProblem(problem)])
    {
    }

    private ConfigurationException(ConfigurationProblem[] problems)
        : base(string.Join('\n', problems.AsEnumerable())) => Problems = problems;

    /// <summary>The problems, in the order of the message.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; }

    /// <summary>Throws if there are problems.</summary>
    /// <exception cref="ConfigurationException"><paramref name="problems"/> is not empty.</exception>
    public static void ThrowIfAny(IReadOnlyCollection<ConfigurationProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (problems.Count > 0) throw new ConfigurationException(problems);
    }
}

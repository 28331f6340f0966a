using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>
/// The mutants of a draw. In place of one that does not compile, the next of its project is drawn, so that the numbers of a draw
/// count real mutants.
/// </summary>
internal sealed class DrawnMutants
{
    private readonly IReadOnlyList<(int Share, GeneratedMutant[] Order)> _lists;
    private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);

    /// <param name="mutants">All mutants.</param>
    /// <param name="count">Number to draw with each seed.</param>
    /// <param name="seeds">The seeds.</param>
    /// <param name="only">Projects to draw the number from, each; empty for a share of all projects.</param>
    public DrawnMutants(
        IReadOnlyList<GeneratedMutant> mutants, int count, IEnumerable<long> seeds, IReadOnlyList<string> only)
    {
        var projects = mutants.GroupBy(mutant => mutant.Project).ToDictionary(group => group.Key, group => group.ToArray());
        var shares = MutantDraw.SharesOf(
            projects.ToDictionary(project => project.Key, project => project.Value.Length), count, only);
        _lists =
        [
            .. from seed in seeds
               from project in projects
               where shares.ContainsKey(project.Key)
               orderby seed, project.Key
               select (shares[project.Key], MutantDraw.Order(project.Value, seed).ToArray()),
        ];
    }

    /// <summary>Returns the drawn mutants without those that are known not to compile, in mixed order.</summary>
    /// <param name="trials">What is known.</param>
    public IReadOnlyList<GeneratedMutant> Choose(IReadOnlyDictionary<string, MutantTrial> trials) =>
    [
        .. _lists
            .SelectMany(list => list.Order
                .Where(mutant => trials.GetValueOrDefault(mutant.Key) is not { Status: MutantStatus.CompileError })
                .Take(list.Share))
            .DistinctBy(mutant => mutant.Key)
            .OrderBy(mutant => MutantGenerator.HashOf(mutant.Key), StringComparer.Ordinal),
    ];

    /// <summary>Returns true if a trial is of the present source.</summary>
    public bool IsCurrent(GeneratedMutant mutant, IReadOnlyDictionary<string, MutantTrial> trials)
    {
        if (!trials.TryGetValue(mutant.Key, out var trial)) return false;
        if (!_sources.TryGetValue(mutant.File, out var source))
            _sources[mutant.File] = source = File.ReadAllText(Path.Combine(Repository.Root, mutant.File));
        return trial.Digest == MutantGenerator.HashOf(mutant.ApplyTo(source));
    }
}

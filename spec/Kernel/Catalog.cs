using System.Collections;
using System.Diagnostics;
using static System.FormattableString;

namespace TurkishLlm.Specification;

/// <summary>Requirements in reading order, by area. It never changes; <see cref="And(Catalog)"/> returns a longer one.</summary>
public sealed class Catalog : IReadOnlyList<Requirement>
{
    private readonly IReadOnlyList<Requirement> _all;

    /// <summary>Creates a catalog of one area.</summary>
    /// <param name="area">Name of the area.</param>
    /// <param name="requirements">Its requirements.</param>
    /// <exception cref="ArgumentException">Two requirements have the same id.</exception>
    public Catalog(string area, params IEnumerable<Requirement> requirements)
        : this([(area, [.. requirements])])
    {
    }

    /// <summary>Creates a catalog of several areas.</summary>
    /// <param name="areas">The areas in reading order.</param>
    /// <exception cref="ArgumentException">Two requirements have the same id.</exception>
    public Catalog(IReadOnlyList<(string Area, IReadOnlyList<Requirement> Requirements)> areas)
    {
        Areas = areas;
        _all = [.. areas.SelectMany(area => area.Requirements)];
        foreach (var same in _all.GroupBy(requirement => requirement.Id).Where(group => group.Count() > 1))
            throw new ArgumentException(
                Invariant($"{same.Count()} requirements have the id {same.Key}: ")
                    + string.Join(" | ", same.Select(requirement => requirement.Statement)),
                nameof(areas));
    }

    /// <summary>The areas in reading order.</summary>
    public IReadOnlyList<(string Area, IReadOnlyList<Requirement> Requirements)> Areas { get; }

    /// <inheritdoc/>
    public int Count => _all.Count;

    /// <inheritdoc/>
    public Requirement this[int index] => _all[index];

    /// <summary>Returns a catalog with the areas of this one and of another.</summary>
    /// <exception cref="ArgumentException">Both have a requirement of the same id.</exception>
    public Catalog And(Catalog other) => new([.. Areas, .. other.Areas]);

    /// <summary>Returns a catalog without some requirements.</summary>
    /// <param name="ids">Their ids.</param>
    /// <exception cref="KeyNotFoundException">No requirement has one of the ids.</exception>
    public Catalog Except(params IReadOnlyList<string> ids)
    {
        foreach (var id in ids) _ = Find(id);
        return new(
        [
            .. Areas.Select(area => (
                area.Area,
                (IReadOnlyList<Requirement>)[.. area.Requirements.Where(requirement => !ids.Contains(requirement.Id))])),
        ]);
    }

    /// <summary>Returns the requirement with an id.</summary>
    /// <exception cref="KeyNotFoundException">No requirement has that id.</exception>
    public Requirement Find(string id) => _all.FirstOrDefault(requirement => requirement.Id == id)
        ?? throw new KeyNotFoundException(
            $"There is no requirement {id}. These are: {string.Join(", ", _all.Select(requirement => requirement.Id))}.");

    /// <summary>Judges all requirements on all cases; also continues after failures.</summary>
    /// <param name="at">The conditions; the CPU in float32 if it is null.</param>
    /// <param name="progress">Receives every judgment.</param>
    /// <param name="cancellationToken">Cancels the judging.</param>
    public IReadOnlyList<Judgment> Judge(
        Conditions? at = null, IProgress<Judgment>? progress = null, CancellationToken cancellationToken = default)
    {
        at ??= Conditions.Cpu;
        var judgments = new List<Judgment>();
        foreach (var requirement in _all)
        {
            var names = requirement.GetCaseNames(at);
            if (names.Count == 0)
                Add(new(requirement, "no case", Verdict.Skip("it has no case without a plan"), default) { IsLast = true });
            for (var i = 0; i < names.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var began = Stopwatch.GetTimestamp();
                var verdict = requirement.Judge(i, at);
                var judgment = new Judgment(requirement, names[i], verdict, Stopwatch.GetElapsedTime(began))
                {
                    IsPlanCase = i >= requirement.CaseNames.Count,
                    IsLast = i == names.Count - 1,
                };
                Add(judgment);
            }
        }
        return judgments;

        void Add(Judgment judgment)
        {
            judgments.Add(judgment);
            progress?.Report(judgment);
        }
    }

    /// <summary>Judges all requirements and throws if one fails.</summary>
    /// <param name="at">The conditions; the CPU in float32 if it is null.</param>
    /// <exception cref="RequirementFailedException">
    /// A requirement fails; the message has the evidence and the nearest impostor.
    /// </exception>
    public void Verify(Conditions? at = null)
    {
        var all = Judge(at);
        var failed = all.Where(judgment => !judgment.Verdict.Holds).ToArray();
        if (failed.Length > 0) throw new RequirementFailedException(failed, at ?? Conditions.Cpu, all);
    }

    /// <inheritdoc/>
    public IEnumerator<Requirement> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

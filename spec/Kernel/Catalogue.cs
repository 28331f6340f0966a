using TurkishLlm.Spec.Data;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Spec.Training;

namespace TurkishLlm.Spec;

/// <summary>Every requirement, in reading order: the table of contents of the specification.</summary>
public static class Catalogue
{
    /// <summary>The areas and their requirements.</summary>
    public static IReadOnlyList<(string Area, IReadOnlyList<Requirement> Requirements)> Areas { get; } = [];

    /// <summary>All requirements.</summary>
    public static IReadOnlyList<Requirement> All { get; } = [.. Areas.SelectMany(area => area.Requirements)];

    /// <summary>The requirement of that number.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static Requirement Find(string id) => All.FirstOrDefault(r => r.Id == id)
        ?? throw new KeyNotFoundException($"There is no requirement {id}. `turkishllm spec list` shows them all.");
}

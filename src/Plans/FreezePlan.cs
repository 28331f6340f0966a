using System.Globalization;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;

namespace TurkishLlm.Plans;

/// <summary>
/// Weights that are not trained: list <c>optimizer.freeze</c> of a plan. They get no gradient and no weight decay, and the
/// backward pass ends at the first layer that is trained.
/// </summary>
/// <remarks>
/// A part is the checkpoint name of a weight or its beginning up to a dot, for example <c>embed_tokens</c>, <c>layers.0</c>
/// or <c>layers.3.attn</c>; <c>layers.0-5</c> means six layers. Spec: OPT-21.
/// </remarks>
public sealed record FreezePlan(params IReadOnlyList<string> Parts)
{
    /// <summary>Returns the names of the frozen weights of a model, in the order of the forward pass.</summary>
    public IReadOnlyList<string> GetFrozenNames(ModelConfig model) =>
        [
            .. ParameterTable
                .GetShapes(model)
                .Select(weight => weight.Name)
                .Where(name => Parts.SelectMany(ExpandRange).Any(part => IsWithin(name, part))),
        ];

    /// <inheritdoc/>
    public bool Equals(FreezePlan? other) => other is not null && Parts.SequenceEqual(other.Parts, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Parts.Count;

    internal IEnumerable<ConfigurationProblem> FindProblems(ModelConfig model)
    {
        var names = ParameterTable.GetShapes(model).Select(weight => weight.Name).ToArray();
        foreach (var part in Parts)
            if (ExpandRange(part).FirstOrDefault(one => !names.Any(name => IsWithin(name, one))) is { } unknown)
                yield return new(
                    $"optimizer.freeze has \"{part}\", but the model has no weight {unknown}."
                        + $"{SpellingSuggestions.FormatHint(unknown, [.. GetKnownParts(names)])}",
                    "optimizer.freeze");
        if (Parts.Count > 0 && GetFrozenNames(model).Count == names.Length)
            yield return new(
                "optimizer.freeze names every weight of the model, so there is nothing to train. Remove a part.",
                "optimizer.freeze");
    }

    private static bool IsWithin(string name, string part) =>
        name == part || (name.StartsWith(part, StringComparison.Ordinal) && name[part.Length] == '.');

    // layers.2-4.attn means layers.2.attn, layers.3.attn, layers.4.attn.
    private static IEnumerable<string> ExpandRange(string part)
    {
        var pieces = part.Split('.');
        if (
            pieces is ["layers", var range, ..]
            && range.Split('-') is [var from, var to]
            && Number(from) is { } first
            && Number(to) is { } last
            && first <= last)
            return Enumerable
                .Range(first, last - first + 1)
                .Select(layer => string.Join('.', ["layers", layer.ToString(CultureInfo.InvariantCulture), .. pieces[2..]]));
        return [part];
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static IEnumerable<string> GetKnownParts(string[] names) =>
        names
            .Select(name => name.Split('.') is ["layers", var layer, ..] ? $"layers.{layer}" : name[..name.LastIndexOf('.')])
            .Distinct(StringComparer.Ordinal);
}

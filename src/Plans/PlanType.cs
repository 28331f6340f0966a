using System.Text.Json.Nodes;
using TurkishLlm.Model;
using TurkishLlm.Plans.Chains;

namespace TurkishLlm.Plans;

/// <summary>A type of plan values: how they are read from YAML, written, checked and described to editors.</summary>
public abstract class PlanType
{
    private protected PlanType()
    {
    }

    /// <summary>Name of the type in help texts, for example "whole number".</summary>
    public abstract string Name { get; }

    /// <summary>True for numbers, which have a unit.</summary>
    public virtual bool IsNumeric => false;

    /// <summary>True for mappings. A required one is read even if it is missing, so that its missing keys are reported.</summary>
    internal virtual bool IsMapping => false;

    /// <summary>Reads a value and reports problems to the document of the node.</summary>
    internal abstract object? Read(PlanNode node);

    /// <summary>Formats a value as YAML on one line.</summary>
    internal abstract string Write(object value);

    /// <summary>Returns the keys and formatted values of a mapping; null for other types.</summary>
    internal virtual IEnumerable<(string Key, string Value)>? GetEntries(object value) => null;

    /// <summary>Makes the relative paths of a value absolute; null as the directory leaves them unchanged.</summary>
    internal virtual object? ResolvePaths(object? value, string? directory) => value;

    /// <summary>Finds values inside a mapping that are out of range.</summary>
    internal virtual IEnumerable<ConfigurationProblem> FindProblems(object value, string? path) => [];

    /// <summary>Returns the files and folders that a value names, by the dotted names of the keys.</summary>
    internal virtual IEnumerable<PlanInput> GetPaths(object value, string? key) => [];

    /// <summary>Returns the keys inside a mapping with their dotted names.</summary>
    internal virtual IEnumerable<(string Path, PlanKey Key)> GetKeys(string? path) => [];

    /// <summary>Describes the type as a JSON Schema.</summary>
    internal abstract JsonObject ToJsonSchema();

    /// <summary>Converts a value to JSON.</summary>
    internal virtual JsonNode? ToJson(object value) => null;

    internal static string Join(string? path, string name) => path is null ? name : $"{path}.{name}";
}

/// <inheritdoc/>
/// <typeparam name="T">.NET type of the values.</typeparam>
public abstract class PlanType<T> : PlanType
{
    private protected PlanType()
    {
    }
}

using System.Reflection;

namespace TurkishLlm.Plans;

/// <summary>The description of one key of a plan: the source of its reader, writer, range check and reference entry.</summary>
public sealed class PlanKey
{
    internal PlanKey(string name, PlanType type, string summary) => (Name, Type, Summary) = (name, type, summary);

    /// <summary>Name of the key inside its section.</summary>
    public string Name { get; }

    /// <summary>Type of the value.</summary>
    public PlanType Type { get; }

    /// <summary>One sentence that says what the value does.</summary>
    public string Summary { get; }

    /// <summary>Allowed numbers; null if the type alone decides.</summary>
    public PlanRange? Range { get; internal init; }

    /// <summary>Unit of a number, empty for a number without one; null for other types.</summary>
    public string? Unit { get; internal init; }

    /// <summary>Version of the program that introduced the key.</summary>
    public string Since { get; internal init; } = PlanSchema.FirstVersion;

    /// <summary>True if a plan must contain the key.</summary>
    public bool IsRequired { get; internal init; }

    /// <summary>A key of the same section that makes this one optional, or null.</summary>
    public string? RequiredUnless { get; internal init; }

    /// <summary>Value if a plan does not contain the key, formatted as YAML; null if it has none.</summary>
    public string? Default => DefaultValue is { } value ? Type.Write(value) : null;

    /// <summary>The property that holds the value; null for a key that only chooses the defaults of others.</summary>
    public PropertyInfo? Property { get; internal init; }

    internal object? DefaultValue { get; init; }

    /// <summary>The .NET type of the values, without <see cref="Nullable{T}"/>.</summary>
    internal Type? ValueType { get; init; }

    /// <summary>Decides whether a value of <see cref="RequiredUnless"/> makes this key optional.</summary>
    internal Func<object, bool> IsReplacedBy { get; init; } = static _ => true;

    /// <summary>Decides whether a section uses the value; otherwise it is neither written nor checked.</summary>
    internal Func<object, bool> IsUsed { get; init; } = static _ => true;

    /// <summary>Returns the value in a section, or null if it is not set or belongs to another key of the property.</summary>
    internal object? GetValue(object section) =>
        Property?.GetValue(section) is { } value && ValueType!.IsInstanceOfType(value) ? value : null;

    internal bool IsRequiredBeside(IReadOnlyDictionary<string, object?> values) =>
        RequiredUnless is null ? IsRequired : values[RequiredUnless] is not { } other || !IsReplacedBy(other);
}

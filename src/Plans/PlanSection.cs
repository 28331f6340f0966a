using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json.Nodes;
using TurkishLlm.Model;
using TurkishLlm.Plans.Chains;

namespace TurkishLlm.Plans;

/// <summary>A section of plans: a list of keys, each bound to a property of an immutable record.</summary>
/// <param name="summary">What the section is about, in one sentence.</param>
/// <param name="defaults">A record that holds the default values of all optional keys.</param>
/// <typeparam name="T">Type of the record.</typeparam>
internal sealed class PlanSection<T>(string summary, T defaults) : PlanType<T> where T : class
{
    private readonly List<PlanKey> _keys = [];

    public string Summary => summary;

    public override string Name => "section";

    internal override bool IsMapping => true;

    /// <summary>Chooses other defaults by the values read so far; null for the usual ones.</summary>
    public Func<IReadOnlyDictionary<string, object?>, T?>? ChooseDefaults { get; init; }

    /// <summary>Checks which keys a plan contains, for rules that values cannot express.</summary>
    public Action<PlanNode>? CheckKeys { get; init; }

    /// <summary>Adds the section's name to a problem that the constructor of the record found.</summary>
    public Func<ConfigurationProblem, ConfigurationProblem> AdaptProblem { get; init; } = static problem => problem;

    /// <summary>Replaces a record that refused its values, so that the rest of the plan can be checked.</summary>
    public T? Placeholder { get; init; }

    /// <summary>Adds a rule to the JSON Schema, for rules that keys cannot express.</summary>
    public Action<JsonObject>? CompleteJsonSchema { get; init; }

    /// <summary>Adds a key.</summary>
    /// <param name="name">Name of the key.</param>
    /// <param name="property">The property that holds the value.</param>
    /// <param name="type">Type of the value.</param>
    /// <param name="summary">One sentence that says what the value does.</param>
    /// <param name="range">Allowed numbers.</param>
    /// <param name="unit">Unit of a number; empty if it has none.</param>
    /// <param name="isRequired">True if a plan must contain the key.</param>
    /// <param name="requiredUnless">A key that makes this one optional.</param>
    /// <param name="isReplacedBy">Decides whether a value of that key does; null for every value.</param>
    /// <param name="isUsed">Decides whether a section uses the value; null for always.</param>
    /// <param name="since">Version of the program that introduced the key.</param>
    public PlanSection<T> Key<TValue>(
        string name, Expression<Func<T, TValue>> property, PlanType<TValue> type, string summary, PlanRange? range = null,
        string? unit = null, bool isRequired = false, string? requiredUnless = null,
        Func<object, bool>? isReplacedBy = null, Func<T, bool>? isUsed = null, string since = PlanSchema.FirstVersion)
    {
        var info = GetProperty(property.Body);
        _keys.Add(new(name, type, summary)
        {
            Range = range,
            Unit = unit,
            Since = since,
            Property = info,
            ValueType = typeof(TValue),
            DefaultValue = !isRequired && requiredUnless is null && info.GetValue(defaults) is TValue value ? value : null,
            IsRequired = isRequired,
            RequiredUnless = requiredUnless,
            IsReplacedBy = isReplacedBy ?? (static _ => true),
            IsUsed = isUsed is null ? static _ => true : section => isUsed((T)section),
        });
        return this;
    }

    /// <summary>Adds a key for a number that a plan may omit without a default.</summary>
    /// <param name="name">Name of the key.</param>
    /// <param name="property">The property that holds the value.</param>
    /// <param name="type">Type of the value.</param>
    /// <param name="summary">One sentence that says what the value does.</param>
    /// <param name="range">Allowed numbers.</param>
    /// <param name="unit">Unit of the number; empty if it has none.</param>
    /// <param name="since">Version of the program that introduced the key.</param>
    public PlanSection<T> Key<TValue>(
        string name, Expression<Func<T, TValue?>> property, PlanType<TValue> type, string summary, PlanRange range, string unit,
        string since = PlanSchema.FirstVersion)
        where TValue : struct
    {
        var info = GetProperty(property.Body);
        _keys.Add(new(name, type, summary)
        {
            Range = range,
            Unit = unit,
            Since = since,
            Property = info,
            ValueType = typeof(TValue),
            DefaultValue = info.GetValue(defaults),
        });
        return this;
    }

    /// <summary>Adds a key that belongs to no property of the record.</summary>
    /// <param name="name">Name of the key.</param>
    /// <param name="type">Type of the value.</param>
    /// <param name="summary">One sentence that says what the value does.</param>
    /// <param name="isRequired">True if a plan must contain the key.</param>
    public PlanSection<T> Key(string name, PlanType type, string summary, bool isRequired = false)
    {
        _keys.Add(new(name, type, summary) { IsRequired = isRequired });
        return this;
    }

    /// <summary>Adds a section inside this one.</summary>
    /// <param name="name">Name of the section.</param>
    /// <param name="property">The property that holds its record.</param>
    /// <param name="section">Its keys.</param>
    /// <param name="isRequired">True if a plan must contain its required keys.</param>
    public PlanSection<T> Section<TValue>(
        string name, Expression<Func<T, TValue>> property, PlanSection<TValue> section, bool isRequired = false)
        where TValue : class =>
        Key(name, property, section, section.Summary, isRequired: isRequired);

    internal override object? Read(PlanNode node) => ReadAll(node).Record;

    /// <summary>Reads the record and the values of all keys.</summary>
    internal (T? Record, IReadOnlyDictionary<string, object?> Values) ReadAll(PlanNode node)
    {
        node = node.AsMapping();
        CheckKeys?.Invoke(node);
        List<string> missing = [];
        Dictionary<string, object?> values = new(StringComparer.Ordinal);
        foreach (var key in _keys)
        {
            var child = node[key.Name];
            var otherwise = key.GetValue(ChooseDefaults?.Invoke(values) ?? defaults);
            var isRequired = key.IsRequiredBeside(values);
            if (child.Value is null && isRequired && !key.Type.IsMapping) missing.Add(key.Name);
            var isRead = child.Value is not null || (key.Type.IsMapping && (isRequired || otherwise is not null));
            values[key.Name] = key.Type.ResolvePaths(isRead ? key.Type.Read(child) : otherwise, node.Document.Directory);
        }

        node.ReportKeyProblems([.. _keys.Select(key => key.Name)], missing);
        try
        {
            return (Create(values), values);
        }
        catch (ConfigurationException error)
        {
            foreach (var problem in error.Problems) node.Document.Report(AdaptProblem(problem));
            return (Placeholder, values);
        }
    }

    internal override string Write(object value) =>
        $"{{{string.Join(", ", GetEntries(value).Select(entry => $"{PlanWriter.FormatText(entry.Key)}: {entry.Value}"))}}}";

    internal override IEnumerable<(string Key, string Value)> GetEntries(object value) =>
        GetUsedValues(value).Select(used => (used.Key.Name, used.Key.Type.Write(used.Value)));

    /// <summary>Returns the keys of a section with the values that it uses.</summary>
    internal IEnumerable<(PlanKey Key, object Value)> GetUsedValues(object section) =>
        from key in _keys
        where key.IsUsed(section)
        let value = key.GetValue(section)
        where value is not null
        select (key, value);

    internal override IEnumerable<ConfigurationProblem> FindProblems(object value, string? path)
    {
        foreach (var (key, inner) in GetUsedValues(value))
        {
            if (key.Range?.FindProblem((IConvertible)inner, Join(path, key.Name)) is { } problem) yield return problem;
            foreach (var deeper in key.Type.FindProblems(inner, Join(path, key.Name))) yield return deeper;
        }
    }

    internal override IEnumerable<PlanInput> GetPaths(object value, string? key) =>
        GetUsedValues(value).SelectMany(used => used.Key.Type.GetPaths(used.Value, Join(key, used.Key.Name)));

    internal override IEnumerable<(string Path, PlanKey Key)> GetKeys(string? path) =>
        from key in _keys
        let name = Join(path, key.Name)
        from described in ((string, PlanKey)[])[(name, key), .. key.Type.GetKeys(name)]
        select described;

    internal override JsonObject ToJsonSchema()
    {
        var properties = new JsonObject();
        foreach (var key in _keys)
        {
            var schema = key.Type.ToJsonSchema();
            schema["description"] = key.Unit is { Length: > 0 } unit ? $"{key.Summary} Unit: {unit}." : key.Summary;
            if (key.DefaultValue is { } value && key.Type.ToJson(value) is { } json) schema["default"] = json;
            key.Range?.AddTo(schema);
            properties[key.Name] = schema;
        }

        var section = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        if (ToNames(_keys.Where(key => key.IsRequired)) is { Count: > 0 } required) section["required"] = required;
        var alternatives = _keys.Where(key => key.RequiredUnless is not null).GroupBy(key => key.RequiredUnless!);
        if (alternatives.FirstOrDefault() is { } replaced)
            section["anyOf"] = new JsonArray(Require(new JsonArray(replaced.Key)), Require(ToNames(replaced)));
        CompleteJsonSchema?.Invoke(section);
        return section;
    }

    private static JsonObject Require(JsonArray names) => new() { ["required"] = names };

    private static JsonArray ToNames(IEnumerable<PlanKey> keys) => [.. keys.Select(key => JsonValue.Create(key.Name))];

    // As JSON serializers do: constructor parameters by the names of the properties, then the other properties.
    private T Create(Dictionary<string, object?> values)
    {
        Dictionary<string, object?> properties = new(StringComparer.OrdinalIgnoreCase);
        foreach (var key in _keys.Where(key => key.Property is not null))
            if (values[key.Name] is { } value || !properties.ContainsKey(key.Property!.Name))
                properties[key.Property!.Name] = values[key.Name];

        var constructor = typeof(T).GetConstructors().Where(candidate => candidate.GetParameters().All(IsProperty))
            .MaxBy(candidate => candidate.GetParameters().Length)!;
        var arguments = constructor.GetParameters().Select(parameter => parameter.Name!).ToArray();
        var created = (T)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, [.. arguments.Select(ValueOf)], null);
        foreach (var name in properties.Keys.Except(arguments, StringComparer.OrdinalIgnoreCase))
            FindProperty(name)!.SetValue(created, properties[name]);
        return created;

        object? ValueOf(string name) =>
            properties.TryGetValue(name, out var value) ? value : FindProperty(name)!.GetValue(defaults);
    }

    private static bool IsProperty(ParameterInfo parameter) =>
        FindProperty(parameter.Name!)?.PropertyType == parameter.ParameterType;

    private static PropertyInfo? FindProperty(string name) =>
        typeof(T).GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);

    private static PropertyInfo GetProperty(Expression body) => body switch
    {
        UnaryExpression { Operand: var operand } => GetProperty(operand),
        MemberExpression { Member: PropertyInfo property } => property,
        _ => throw new ArgumentException($"{body} is not a property.", nameof(body)),
    };
}

using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Plans;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using static System.FormattableString;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>The JSON Schemas accept every plan of the project, and refuse what an editor should mark.</summary>
public sealed class PlanJsonSchemaTests
{
    public static TheoryData<string> Files() =>
        [.. Directory.GetFiles(Path.Combine(TestPlans.Repository, "configs"), "*.yaml").Select(file => Path.GetFileName(file))];

    [Theory, MemberData(nameof(Files))]
    public void A_plan_of_the_project_is_accepted_and_names_its_schema(string file)
    {
        var yaml = File.ReadAllText(Path.Combine(TestPlans.Repository, "configs", file));
        var name = file.StartsWith("corpus-", StringComparison.Ordinal) ? "corpus-plan.schema.json"
            : file.StartsWith("chain-", StringComparison.Ordinal) ? "chain.schema.json"
            : "plan.schema.json";
        yaml.Split('\n')[0].Should().Be($"# yaml-language-server: $schema=../docs/{name}");
        FindProblems(yaml, File.ReadAllText(Path.Combine(TestPlans.Repository, "docs", name))).Should().BeEmpty();
    }

    [Theory]
    [InlineData("log_every: 5", "")]
    [InlineData("log_evry: 5", "/log_evry is unknown")]
    [InlineData("log_every: 0", "/log_every is less than 1")]
    [InlineData("log_every: \"5\"", "/log_every is no integer")]
    [InlineData("log_every: 5.5", "/log_every is no integer")]
    [InlineData("compute_dtype: bf16", "/compute_dtype is not one of the names")]
    [InlineData("device: cuda:2", "")]
    [InlineData("device: gpu", "/device does not match")]
    [InlineData("evaluation: { every: [1] }", "/evaluation/every is no integer")]
    [InlineData("evaluation: 5", "/evaluation is no object")]
    [InlineData("sft: { sources: { a: { path: a, weight: 2 } }, gold: [1, x] }", "")]
    [InlineData("sft: { sources: { a: { weight: 0 } } }", "/sft/sources/a/path is missing|/sft/sources/a/weight is at most 0")]
    [InlineData("preference: { files: [a], dpo: { label_smoothing: 0.5 } }", "/preference/dpo/label_smoothing is at least 0.5")]
    [InlineData("preference: { files: [a] }", "/preference has none or several of the alternatives")]
    [InlineData("preference: { files: [a], dpo: {}, orpo: {} }", "/preference has none or several of the alternatives")]
    [InlineData("ignored_guidelines: { gpu-only: none here }", "")]
    [InlineData("ignored_guidelines: { gpu: none here }", "/ignored_guidelines/gpu is not one of the names")]
    public void The_schema_of_training_plans_marks_wrong_values(string added, string problems) =>
        string.Join('|', FindProblems(TestPlans.Small + added, PlanReference.ToJsonSchema())).Should().Be(problems);

    [Theory]
    [InlineData("steps: { a: { train: { plan: p.yaml } } }", "")]
    [InlineData("steps: { a: { train: { plan: p.yaml, sets: [] } } }", "/steps/a/train/sets is unknown")]
    [InlineData("steps: { a: {} }", "/steps/a has none or several of the alternatives")]
    [InlineData(
        "steps: { a: { train: { plan: p.yaml }, corpus: { plan: p.yaml } } }",
        "/steps/a has none or several of the alternatives")]
    [InlineData("record: r", "/steps is missing|/record is unknown")]
    public void The_schema_of_chains_marks_wrong_values(string added, string problems) =>
        string.Join('|', FindProblems($"name: x\n{added}", PlanReference.ToChainJsonSchema())).Should().Be(problems);

    [Fact]
    public void The_schema_marks_missing_keys_and_missing_alternatives()
    {
        var schema = PlanReference.ToJsonSchema();
        FindProblems("name: x", schema)
            .Should().Equal("/model is missing", "/data is missing", "/training is missing", "/optimizer is missing");
        FindProblems(TestPlans.Small.Replace("  steps: 200\n", "", StringComparison.Ordinal), schema)
            .Should().Equal("/training has none of the alternatives");
        FindProblems(TestPlans.Small.Replace("  steps: 200", "  epochs: 2", StringComparison.Ordinal), schema).Should().BeEmpty();
    }

    // The keywords that the schemas use; any other fails.
    private static List<string> FindProblems(string yaml, string schema)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        List<string> problems = [];
        Check(stream.Documents[0].RootNode, JsonNode.Parse(schema)!.AsObject(), "", problems);
        return problems;
    }

    private static void Check(YamlNode node, JsonObject schema, string at, List<string> problems)
    {
        var types = schema["type"] switch
        {
            null => [],
            JsonArray several => several.Select(type => (string)type!).ToArray(),
            var one => [(string)one!],
        };
        if (types.Length > 0 && !types.Any(type => HasType(node, type)))
        {
            problems.Add($"{at} is no {types[0]}");
            return;
        }

        var (mapping, list) = (node as YamlMappingNode, (node as YamlSequenceNode)?.Children);
        var text = (node as YamlScalarNode)?.Value ?? "";
        bool Has(JsonNode? name) => mapping!.Children.ContainsKey(new YamlScalarNode((string)name!));
        bool Fits(JsonNode? alternative)
        {
            if (alternative!["required"] is JsonArray names) return names.All(Has);
            var misfits = new List<string>();
            Check(node, alternative.AsObject(), at, misfits);
            return misfits.Count == 0;
        }
        double? number = HasType(node, "number") ? double.Parse(text, CultureInfo.InvariantCulture) : null;
        foreach (var (keyword, value) in schema)
        {
            var limit = value is JsonValue && value.GetValueKind() == System.Text.Json.JsonValueKind.Number ? (double)value : 0;
            var problem = keyword switch
            {
                "enum" => value!.AsArray().Any(name => (string)name! == text) ? null : "is not one of the names",
                "pattern" => !HasType(node, "string") || Regex.IsMatch(text, (string)value!) ? null : "does not match",
                "minLength" => text.Length >= limit ? null : "is too short",
                "minItems" => list!.Count >= limit ? null : "has too few items",
                "uniqueItems" => list!.Distinct().Count() == list!.Count ? null : "has items twice",
                "minimum" => number is null || number >= limit ? null : $"is less than {limit}",
                "exclusiveMinimum" => number is null || number > limit ? null : $"is at most {limit}",
                "maximum" => number is null || number <= limit ? null : $"is more than {limit}",
                "exclusiveMaximum" => number is null || number < limit ? null : Invariant($"is at least {limit}"),
                "anyOf" => value!.AsArray().Any(Fits) ? null : "has none of the alternatives",
                "oneOf" => value!.AsArray().Count(Fits) == 1 ? null : "has none or several of the alternatives",
                "$schema" or "title" or "description" or "default" or "type" => null,
                "properties" or "additionalProperties" or "propertyNames" or "required" or "items" => null,
                _ => throw new NotSupportedException(keyword),
            };
            if (problem is not null) problems.Add($"{at} {problem}");
        }

        if (schema["items"] is JsonObject items)
            for (var i = 0; i < list!.Count; i++) Check(list[i], items, $"{at}/{i}", problems);
        if (mapping is null) return;
        var missing = schema["required"]?.AsArray().Where(name => !Has(name)) ?? [];
        problems.AddRange(missing.Select(name => $"{at}/{name} is missing"));
        foreach (var (key, value) in mapping.Children)
        {
            var path = $"{at}/{key}";
            if (schema["propertyNames"] is JsonObject names) Check(key, names, path, problems);
            if ((schema["properties"]?[key.ToString()] ?? schema["additionalProperties"]) is JsonObject inner)
                Check(value, inner, path, problems);
            else
                problems.Add($"{path} is unknown");
        }
    }

    private static bool HasType(YamlNode node, string type) => (type, node) switch
    {
        ("object", YamlMappingNode) or ("array", YamlSequenceNode) => true,
        ("string", YamlScalarNode { Style: not ScalarStyle.Plain }) => true,
        ("string", YamlScalarNode) => !HasType(node, "number") && !HasType(node, "boolean"),
        (_, YamlScalarNode { Style: not ScalarStyle.Plain }) => false,
        ("boolean", YamlScalarNode { Value: "true" or "false" }) => true,
        ("integer", YamlScalarNode { Value: { } text }) => long.TryParse(text, CultureInfo.InvariantCulture, out _),
        ("number", YamlScalarNode { Value: { } text }) => double.TryParse(text, CultureInfo.InvariantCulture, out _),
        _ => false,
    };
}

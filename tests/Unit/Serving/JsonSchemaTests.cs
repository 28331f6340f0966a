using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Constraints;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Serving;

[Trait("Suite", "Fast")]
public sealed class JsonSchemaTests
{
    private static readonly Tokenizer Tokenizer = ScriptedModel.Tokenizer;

    [Theory]
    [InlineData("""{"minimum": 1}""", "minimum", "The keyword \"minimum\" of JSON Schema is not supported. Supported: type, *")]
    [InlineData("""{"properties": {"a": {"$ref": "#"}}}""", "properties.a.$ref", "The keyword \"$ref\" *")]
    [InlineData("""{"type": "text"}""", "type", "\"type\" of the schema is \"text\"; it must be one of object, *")]
    [InlineData("""{"type": []}""", "type", "*it must be a type or a list of types.")]
    [InlineData("""{"enum": []}""", "enum", "*it must be a list of at least one value.")]
    [InlineData("""{"anyOf": 1}""", "anyOf", "*it must be a list of at least one schema.")]
    [InlineData("""{"items": 5}""", "items", "\"items\" of the schema is 5; it must be an object.")]
    [InlineData("""{"minItems": -1, "items": {}}""", "minItems", "*it must be an integer from 0 to 1000.")]
    [InlineData("""{"minItems": 3, "maxItems": 2, "items": {}}""", "maxItems", "maxItems is 2, less than minItems, which is 3.")]
    [InlineData("""{"properties": {}, "required": ["a"]}""", "required", "*it must be a name of \"properties\".")]
    [InlineData("""{"additionalProperties": {}}""", "additionalProperties", "*it must be true or false; schemas are not *")]
    [InlineData("""{"anyOf": [{}], "type": "string"}""", "type", "\"anyOf\" and \"type\" in one schema are not supported.*")]
    [InlineData("""{"enum": [1], "minItems": 1}""", "minItems", "\"enum\" and \"minItems\" in one schema are not supported.*")]
    public void Refuses_what_it_cannot_honor(string schema, string path, string message) =>
        FluentActions.Invoking(() => Grammar.FromJsonSchema(Parse(schema))).Should().Throw<JsonSchemaException>()
            .WithMessage(message).Which.Path.Should().Be(path);

    [Fact]
    public void Refuses_schemas_that_are_too_deep_or_too_large()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"items":""", 40)) + "{}" + new string('}', 40);
        var wide = $$"""{"anyOf": [{{string.Join(',', Enumerable.Repeat("{}", 3000))}}]}""";
        foreach (var schema in new[] { deep, wide })
            FluentActions.Invoking(() => Grammar.FromJsonSchema(Parse(schema))).Should().Throw<JsonSchemaException>()
                .WithMessage("The schema is too large*");
    }

    // A model that wants to write a text writes it where the schema accepts it, and leaves it at the first byte that is refused.
    [Theory]
    [InlineData("""{"type": "string"}""", "\"Iğdır \\\"D50\\\" 😀 \\u0131\"", true)]
    [InlineData("""{"type": "string"}""", "\"\\ud83d\"", false)]
    [InlineData("""{"type": "number"}""", "-12.5e-3", true)]
    [InlineData("""{"type": "number"}""", "01", false)]
    [InlineData("""{"type": "number"}""", "+1", false)]
    [InlineData("""{"type": "integer"}""", "-999999999999999", true)]
    [InlineData("""{"type": "integer"}""", "1.5", false)]
    [InlineData("""{"type": ["boolean", "null"]}""", "null", true)]
    [InlineData("""{"enum": ["a", "ab", 1, null]}""", "\"ab\"", true)]
    [InlineData("""{"enum": ["a", "ab"]}""", "\"abc\"", false)]
    [InlineData("""{"const": {"a": [1, "ş"]}}""", """{"a":[1,"ş"]}""", true)]
    [InlineData("""{"items": {"type": "integer"}, "maxItems": 2}""", "[]", true)]
    [InlineData("""{"items": {"type": "integer"}, "maxItems": 2}""", "[1, 2]", true)]
    [InlineData("""{"items": {"type": "integer"}, "maxItems": 2}""", "[1,2,3]", false)]
    [InlineData("""{"items": {"type": "integer"}, "minItems": 1}""", "[]", false)]
    [InlineData("""{"properties": {"a": {}, "b": {}, "c": {}}, "required": ["b"]}""", """{"b":1,"c":2}""", true)]
    [InlineData("""{"properties": {"a": {}, "b": {}, "c": {}}, "required": ["b"]}""", """{"a": 1, "b": {"x": [true]}}""", true)]
    [InlineData("""{"properties": {"a": {}, "b": {}, "c": {}}, "required": ["b"]}""", """{"a":1}""", false)]
    [InlineData("""{"properties": {"a": {}, "b": {}, "c": {}}, "required": ["b"]}""", """{"b":1,"a":2}""", false)]
    [InlineData("""{"type": "object", "additionalProperties": false}""", "{}", true)]
    [InlineData("""{"type": "object"}""", """{"herhangi": [1, {"b": null}]}""", true)]
    [InlineData("""{"anyOf": [{"type": "string"}, {"type": "integer"}]}""", "12", true)]
    [InlineData("""{"anyOf": [{"type": "string"}, {"type": "integer"}]}""", "true", false)]
    [InlineData("true", """{"a":[]}""", true)]
    public async Task Accepts_the_values_of_a_schema(string schema, string wanted, bool accepted)
    {
        using var decoder = FakeDecoder.Saying(Tokenizer, wanted, 300);
        using var scheduler = new BatchScheduler(decoder, Tokenizer, new(), TimeProvider.System);
        int[] prompt = [SpecialTokens.EndHeader, .. Tokenizer.EncodeToIds("\n\n")];
        var result = await scheduler.Submit(new(prompt, SamplingOptions.Greedy(200))
        {
            Grammar = Grammar.FromJsonSchema(Parse(schema)),
        }).Result;
        (result.Answer.Text == wanted && result.Answer.IsComplete).Should().Be(accepted, result.Answer.Text);
    }

    private static JsonElement Parse(string schema) => JsonDocument.Parse(schema).RootElement;
}

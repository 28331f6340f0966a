using System.Globalization;
using System.Text;
using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;

namespace TurkishLlm.Tests.Unit.Model;

[Trait("Suite", "Fast")]
public sealed class ModelConfigTests
{
    [Fact]
    public void V1_has_exactly_the_published_number_of_parameters() => ModelConfig.V1.ParameterCount.Should().Be(24_697_088);

    [Fact]
    public void V2_has_exactly_the_published_number_of_parameters() => ModelConfig.V2.ParameterCount.Should().Be(67_580_416);

    [Fact]
    public void An_untied_output_adds_one_more_embedding() =>
        ModelConfig.V1.With(tieEmbeddings: false).ParameterCount.Should().Be(24_697_088 + 64_000L * 256);

    [Fact]
    public void The_formula_is_the_sum_over_the_written_shapes()
    {
        var config = new ModelConfig(vocabSize: 301, dModel: 30, nLayers: 3, nHeads: 6, nKvHeads: 2, dFf: 41, maxSeqLen: 9);

        long sum = 301 * 30 + 30;
        for (var layer = 0; layer < 3; layer++)
            sum += 30 + 30 * 30 + 10 * 30 + 10 * 30 + 30 * 30 + 30 + 41 * 30 + 41 * 30 + 30 * 41;

        config.ParameterCount.Should().Be(sum);
        config.HeadDim.Should().Be(5);
    }

    [Fact]
    public void Counts_beyond_32_bits() =>
        new ModelConfig(65_536, 32_768, 48, 64, 8, 131_072, 4096).ParameterCount.Should().BeGreaterThan(700_000_000_000);

    [Fact]
    public void Refuses_heads_that_do_not_divide_width()
    {
        var error = Error(() => new ModelConfig(64_000, 770, 12, 12, 4, 688, 512));
        error.Message.Should().Be("d_model is 770, which n_heads = 12 does not divide. Use d_model = 768 or 780.");
        error.Problems.Single().Keys.Should().Equal("d_model", "n_heads");
    }

    [Fact]
    public void Refuses_a_width_below_the_number_of_heads_and_names_the_one_fix() =>
        Error(() => ModelConfig.V1.With(dModel: 5)).Message.Should().Be(
            "d_model is 5, which n_heads = 8 does not divide. Use d_model = 8.");

    [Fact]
    public void Refuses_key_value_heads_that_do_not_divide_the_heads() =>
        Error(() => ModelConfig.V1.With(nKvHeads: 3)).Message.Should().Be(
            "n_heads is 8, which n_kv_heads = 3 does not divide. Use n_kv_heads = 2 or 4.");

    [Fact]
    public void Refuses_more_key_value_heads_than_heads() =>
        Error(() => ModelConfig.V1.With(nKvHeads: 16)).Message.Should().Be(
            "n_heads is 8, which n_kv_heads = 16 does not divide. Use n_kv_heads = 8.");

    [Theory]
    [InlineData(271, "Use vocab_size = 272.")]
    [InlineData(65_537, "Use vocab_size = 65536.")]
    public void Refuses_a_vocabulary_that_cannot_be(int size, string fix) =>
        Error(() => ModelConfig.Toy(size)).Message.Should().Be(
            $"vocab_size is {size}; it must be 272 (16 special tokens and 256 bytes) … 65536 (ids are uint16). {fix}");

    [Theory]
    [InlineData(272)]
    [InlineData(65_536)]
    public void Takes_the_smallest_and_the_largest_vocabulary(int size) => ModelConfig.Toy(size).VocabSize.Should().Be(size);

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Refuses_a_dropout_outside_its_range(double dropout) =>
        Error(() => ModelConfig.V1.With(dropout: dropout)).Problems.Single().Keys.Should().Equal("dropout");

    [Fact]
    public void Reports_all_problems_at_once_under_any_culture()
    {
        var before = Thread.CurrentThread.CurrentCulture;
        Thread.CurrentThread.CurrentCulture = new CultureInfo("tr-TR");
        try
        {
            Error(() => new ModelConfig(100, 770, 0, 12, 5, -3, 512, dropout: 1.5, normEps: 0))
                .Message.Should()
                .Be(
                    string.Join(
                        '\n',
                "vocab_size is 100; it must be 272 (16 special tokens and 256 bytes) … 65536 (ids are "
                    + "uint16). Use vocab_size = 272.",
                "n_layers is 0; it must be at least 1.",
                "d_ff is -3; it must be at least 1.",
                "d_model is 770, which n_heads = 12 does not divide. Use d_model = 768 or 780.",
                "n_heads is 12, which n_kv_heads = 5 does not divide. Use n_kv_heads = 4 or 6.",
                "dropout is 1.5; it must be 0 … 1, and less than 1.",
                "norm_eps is 0; it must be more than 0. Use norm_eps = 1e-6."));
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }
    }

    [Fact]
    public void Is_a_value()
    {
        ModelConfig.V1.With().Should().Be(ModelConfig.V1);
        ModelConfig.V1.With(maxSeqLen: 513).Should().NotBe(ModelConfig.V1);
    }

    [Fact]
    public void Writes_the_keys_of_the_reference_in_a_fixed_order() =>
        Encoding.UTF8.GetString(ModelConfigFile.ToJson(ModelConfig.V2)).Should().Be(
            """
            {
              "vocab_size": 64000,
              "d_model": 512,
              "n_layers": 12,
              "n_heads": 8,
              "n_kv_heads": 4,
              "d_ff": 1376,
              "max_seq_len": 2048,
              "dropout": 0.02,
              "weight_tying": true,
              "norm_eps": 1E-06
            }

            """);

    [Fact]
    public void Reads_what_it_wrote()
    {
        using var folder = new TemporaryFolder();
        var config = new ModelConfig(301, 30, 3, 6, 2, 41, 9, dropout: 0.1, tieEmbeddings: false, normEps: 3e-5);
        ModelConfigFile.Write(folder / "config.json", config);
        ModelConfigFile.Read(folder / "config.json").Should().Be(config);
    }

    [Fact]
    public void Reports_all_problems_of_a_file()
    {
        var json = """
            { "vocab_size": 64000, "d_model": "256", "n_layers": 12, "n_heads": 8, "n_kv_head": 2, "d_ff": 688.5,
              "max_seq_len": 512, "dropout": 0.0, "weight_tying": 1, "norm_eps": 1e-6 }
            """u8.ToArray();
        Error(() => ModelConfigFile.Parse(json, "m/config.json")).Message.Should().Be(string.Join('\n',
            "m/config.json: unknown key \"n_kv_head\". Did you mean \"n_kv_heads\"?",
            "m/config.json: d_model is \"256\", but it must be a whole number.",
            "m/config.json: n_kv_heads is missing.",
            "m/config.json: d_ff is 688.5, but it must be a whole number.",
            "m/config.json: weight_tying is 1, but it must be true or false."));
    }

    [Fact]
    public void Refuses_a_key_that_occurs_twice() =>
        FluentActions.Invoking(() => ModelConfigFile.Parse("""{"d_ff": 688, "d_ff": 1024}"""u8.ToArray(), "m/config.json"))
            .Should().Throw<InvalidDataException>().WithMessage("m/config.json: Duplicate property 'd_ff' *");

    [Fact]
    public void Names_the_file_of_a_configuration_that_contradicts_itself()
    {
        var json = Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(ModelConfigFile.ToJson(ModelConfig.V1)).Replace("256", "258", StringComparison.Ordinal));
        Error(() => ModelConfigFile.Parse(json, "config.json")).Message.Should().Be(
            "config.json: d_model is 258, which n_heads = 8 does not divide. Use d_model = 256 or 264.");
    }

    [Theory]
    [InlineData("{ \"vocab_size\": ")]
    [InlineData("")]
    [InlineData("[1, 2]")]
    public void Refuses_a_file_that_is_not_a_json_object(string text)
    {
        var act = () => ModelConfigFile.Parse(Encoding.UTF8.GetBytes(text), "config.json");
        act.Should().Throw<InvalidDataException>().WithMessage("config.json: *");
    }

    [Fact]
    public void Names_a_file_that_is_not_there()
    {
        var act = () => ModelConfigFile.Read("/nowhere/config.json");
        act.Should().Throw<FileNotFoundException>().WithMessage("There is no model configuration /nowhere/config.json.");
    }

    private static ConfigurationException Error(Func<ModelConfig> make) => Assert.Throws<ConfigurationException>(make);
}

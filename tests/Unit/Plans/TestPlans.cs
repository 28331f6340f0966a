using TurkishLlm.Plans;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>Plans for tests.</summary>
internal static class TestPlans
{
    public const string Small =
        """
        name: small
        model:
          preset: toy
          vocab_size: 512
        data:
          tokenizer: data/tok
          shards: data/shards
        training:
          steps: 200
          micro_batch_size: 4
          sequence_length: 64
        optimizer:
          learning_rate: 1e-3
          minimum_learning_rate: 1e-4
          warmup_steps: 20

        """;

    public static TrainingPlan Parse(string yaml = Small, params string[] overrides) =>
        TrainingPlan.Parse(yaml, "small.yaml", overrides);

    /// <summary>The folder of the solution, found upwards from the test program.</summary>
    public static string Repository { get; } = FindUpwards(AppContext.BaseDirectory);

    private static string FindUpwards(string folder) =>
        File.Exists(Path.Combine(folder, "TurkishLlm.sln")) ? folder
        : FindUpwards(
            Path.GetDirectoryName(folder)
                ?? throw new DirectoryNotFoundException("TurkishLlm.sln is in no folder above the tests."));
}

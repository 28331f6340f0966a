using FluentAssertions;
using TurkishLlm.Model.Formats;

namespace TurkishLlm.Tests.Unit.Model;

/// <summary>Weights are found in the dictionaries that frameworks wrap around them.</summary>
[Trait("Suite", "Fast")]
public sealed class StateDictionaryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder / "step.pt";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model")]
    [InlineData("state_dict")]
    [InlineData("module")]
    [InlineData("model", "module")]
    [InlineData("app", "model")]
    [InlineData("ema", "model_state_dict")]
    [InlineData("gpt")]
    [InlineData("kayıt", "net")]
    public void Finds_the_weights_beside_the_state_of_the_optimizer(params string[] path)
    {
        var saved = path.Reverse().Aggregate(
            Dictionary(("norm.weight", PickleWriter.Tensor), ("layers.0.weight", PickleWriter.Tensor)),
            (inner, key) => Dictionary((key, inner)));
        PickleWriter.Write(
            File,
            saved.Concat(
                Dictionary(
                    ("optimizer", Dictionary(("state", Dictionary((0, Dictionary(("exp_avg", PickleWriter.Tensor))))))),
                    ("optimizer_states", Dictionary(("norm.weight", Dictionary(("exp_avg", PickleWriter.Tensor))))),
                    ("epoch", 3))).ToDictionary());
        using var file = TensorFile.Open(File);
        file.Tensors.Select(tensor => tensor.Name).Should().Equal("norm.weight", "layers.0.weight");
        var read = new float[6];
        file.ReadFloat32("norm.weight", read);
        read.Should().Equal(-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f);
    }

    [Fact]
    public void Prefers_the_weights_over_a_tensor_beside_them()
    {
        PickleWriter.Write(File, Dictionary(
            ("model", Dictionary(("norm.weight", PickleWriter.Tensor))), ("best_val_loss", PickleWriter.Tensor)));
        using var file = TensorFile.Open(File);
        file.Tensors.Select(tensor => tensor.Name).Should().Equal("norm.weight");
    }

    [Fact]
    public void Reads_a_tensor_without_elements_at_any_offset()
    {
        PickleWriter.Write(File, Dictionary(("buffer", PickleWriter.EmptyTensor), ("norm.weight", PickleWriter.Tensor)));
        using var file = TensorFile.Open(File);
        file.Tensors[0].Shape.Should().Equal(0, 3);
        file.Invoking(of => of.ReadFloat32("buffer", [])).Should().NotThrow();
    }

    [Fact]
    public void Skips_options_and_numbers_of_NumPy_beside_the_weights()
    {
        PickleWriter.Write(File, Dictionary(
            ("model", Dictionary(("norm.weight", PickleWriter.Tensor))),
            ("args", PickleWriter.Namespace), ("best_loss", PickleWriter.NumPyNumber), ("epoch", 3)));
        using var file = TensorFile.Open(File);
        file.Tensors.Select(tensor => tensor.Name).Should().Equal("norm.weight");
    }

    [Fact]
    public void Refuses_to_choose_between_weights_and_their_average()
    {
        var weights = Dictionary(("norm.weight", PickleWriter.Tensor));
        PickleWriter.Write(File, Dictionary(
            ("trainer", Dictionary(("model", weights), ("ema", Dictionary(("module", weights)))))));
        FluentActions.Invoking(() => TensorFile.Open(File)).Should().Throw<InvalidDataException>().WithMessage(
            $"{File} is not a state dictionary: it has weights under trainer.model and under trainer.ema.module. Save one of "
                + "them: torch.save(torch.load(FILE)[\"trainer\"][\"model\"], NEW).");
    }

    [Fact]
    public void Says_what_a_file_without_weights_has()
    {
        PickleWriter.Write(File, Dictionary(("optimizer", Dictionary(("exp_avg", PickleWriter.Tensor))), ("epoch", 3)));
        FluentActions.Invoking(() => TensorFile.Open(File)).Should().Throw<InvalidDataException>().WithMessage(
            $"{File} is not a state dictionary: it has no weights at the top level or under model, state_dict, "
                + "model_state_dict; it has optimizer, epoch.");
    }

    private static Dictionary<object, object> Dictionary(params (object Key, object Value)[] entries) =>
        entries.ToDictionary(entry => entry.Key, entry => entry.Value);
}

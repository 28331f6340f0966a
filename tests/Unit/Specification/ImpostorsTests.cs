using FluentAssertions;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using TurkishLlm.Specification;

namespace TurkishLlm.Tests.Unit.Specification;

public sealed class ImpostorsTests
{
    [Fact]
    public void Keeps_the_order_of_the_initializer()
    {
        var impostors = new Impostors<int, int> { ["one too many"] = (c, _) => c + 1, ["a sign flipped"] = (c, _) => -c };

        impostors.Names.Should().Equal("one too many", "a sign flipped");
        impostors["a sign flipped"](3, null!).Should().Be(-3);
    }

    [Fact]
    public void Refuses_two_impostors_of_one_name()
    {
        var zero = new Impostors<int, int> { ["zero"] = (_, _) => 0 };
        var act = () => new Impostors<int, int>(zero) { ["zero"] = (_, _) => -1 };
        act.Should().Throw<ArgumentException>().WithMessage("*zero*");
    }

    [Fact]
    public void Extends_a_copy_and_leaves_the_original()
    {
        var original = new Impostors<int, int> { ["zero"] = (_, _) => 0 };
        var extended = new Impostors<int, int>(original) { ["one"] = (_, _) => 1 };

        extended.Names.Should().Equal("zero", "one");
        original.Names.Should().Equal("zero");
    }

    [Fact]
    public void Names_impostors_after_their_planted_bugs() =>
        Impostors<int, PlantedBug>.Create([LayerBug.NoMask, ModelBug.RmsOverTime], bug => (_, _) => bug)
            .Names.Should().Equal("no mask", "rms over time");
}

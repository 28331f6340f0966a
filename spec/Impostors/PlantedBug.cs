using TurkishLlm.Specification.LanguageModels.Reference;

namespace TurkishLlm.Spec.Impostors;

/// <summary>The bug of a <see cref="PlantedModel"/>: one inside its layers or one around them.</summary>
/// <param name="Layer">Bug of attention or of the feed-forward network.</param>
/// <param name="Model">Bug of the rest.</param>
public readonly record struct PlantedBug(LayerBug Layer, ModelBug Model)
{
    /// <summary>No bug: the real model, written a second time.</summary>
    public static PlantedBug None => default;

    /// <summary>Plants a bug into the layers.</summary>
    public static implicit operator PlantedBug(LayerBug bug) => new(bug, ModelBug.None);

    /// <summary>Plants a bug around the layers.</summary>
    public static implicit operator PlantedBug(ModelBug bug) => new(LayerBug.None, bug);

    /// <summary>Returns the name of the bug as that of an impostor: lower-case words.</summary>
    public override string ToString() => Model == ModelBug.None ? BugName.Format(Layer) : BugName.Format(Model);
}

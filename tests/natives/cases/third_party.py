"""Fields of well-known packages: from their source where it is installed, from the stubs where it is not."""

import uuid

from ckeditor.fields import RichTextField
from ckeditor_uploader.fields import RichTextUploadingField
from colorfield.fields import ColorField
from django.db import models
from django_extensions.db.fields import AutoSlugField, CreationDateTimeField, ModificationDateTimeField, RandomCharField
from django_fsm import FSMField, FSMIntegerField
from easy_thumbnails.fields import ThumbnailerField, ThumbnailerImageField
from model_utils import Choices
from model_utils.fields import AutoCreatedField, AutoLastModifiedField, MonitorField, UrlsafeTokenField, UUIDField
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from mptt.fields import TreeForeignKey, TreeManyToManyField
from phonenumber_field.modelfields import PhoneNumberField
from sorl.thumbnail import ImageField
from tinymce.models import HTMLField

STATUS = Choices("draft", ("published", "Published"), (2, "two", "Two"))
GROUPS = Choices(("Group", ["a", ("b", "B")]), "c")

status = models.CharField(max_length=9, choices=STATUS, default=STATUS.draft)
status_two = models.CharField(max_length=9, choices=STATUS + ["more"], default=STATUS.two)
groups = models.CharField(max_length=9, choices=GROUPS)
created = AutoCreatedField("made", blank=True)
modified = AutoLastModifiedField()
monitor = MonitorField(monitor="status", when=["a"], null=True)
monitor_plain = MonitorField("since", monitor="status")
uuid_field = UUIDField()
uuid_plain = UUIDField(primary_key=False, version=1, editable=True)
token = UrlsafeTokenField(unique=True)
token_factory = UrlsafeTokenField(max_length=10, factory=uuid.uuid4, default="x")
auto_slug = AutoSlugField(populate_from="title")
auto_slug_all = AutoSlugField(populate_from=["a", "b"], separator="_", overwrite=True, unique=True, blank=False)
creation = CreationDateTimeField()
creation_all = CreationDateTimeField("c", editable=True, db_index=True)
modification = ModificationDateTimeField("m")
random_char = RandomCharField(length=8, unique=True, include_alpha=False)
random_plain = RandomCharField(length=4, lowercase=True, blank=False)
phone = PhoneNumberField()
phone_region = PhoneNumberField("tel", region="GB", blank=True, max_length=20)
color = ColorField()
color_all = ColorField(default="#000000", format="hexa", samples=[("#FFF", "w")])
color_blank = ColorField(blank=True)
color_null = ColorField(null=True)
color_choices = ColorField(choices=[("#FFFFFF", "white")])
rich = RichTextField(config_name="x", blank=True)
rich_upload = RichTextUploadingField()
html = HTMLField("h", blank=True)
sorl_image = ImageField(upload_to="x", null=True)
thumbnail = ThumbnailerField(upload_to="t", thumbnail_storage=None)
thumbnail_image = ThumbnailerImageField(upload_to="t", resize_source={"size": (1, 2)}, height_field="h")
parental = ParentalKey("x.Page", related_name="things")
parental_protect = ParentalKey("x.Page", on_delete=models.PROTECT)
parental_many = ParentalManyToManyField("x.Page", blank=True)
tree_key = TreeForeignKey("self", on_delete=models.CASCADE, null=True)
tree_many = TreeManyToManyField("x.Page")
fsm = FSMField(default="new", protected=True)
fsm_choices = FSMField(choices=[("a", "A")], max_length=5)
fsm_states = FSMField(state_choices=(("a", "A", "x.Proxy"), ("b", "B", "x.Other")))
fsm_integer = FSMIntegerField(default=1)

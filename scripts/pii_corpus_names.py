# ruff: noqa: E501
"""Names of persons for the PII training text: romanised lists Faker lacks, and the forms a name is written in."""

from __future__ import annotations

import random


def _words(text: str) -> list[str]:
    """The words of a table; an underscore stands for a space in a word."""
    return text.split()


EAST_ASIAN_FIRST = _words(
    """
Wei Fang Xiuying Na Min Jing Li Qiang Lei Yang Yan Jun Yong Jie Juan Tao Ming Chao Xia Ping Gang Hui Ying Hao Xin Yu
Chen Bin Ting Mei Ling Xiaoming Xiaoli Zhiwei Haoran Yuxuan Zihan Jiahui Wenjie Guoqiang Shuang Lan Yifan Mingzhu
Haruto Yuto Sota Yuki Hayato Haruki Ryusei Koki Sora Takumi Kenji Hiroshi Takeshi Satoshi Kazuo Makoto Akira Daisuke
Naoki Sakura Hina Yui Aoi Mei Rin Miu Kokona Hana Akari Yuko Keiko Tomoko Michiko Naoko Kumiko Ayumi Emi Chiyo
Masahiro Shinji Minjun Seojun Doyun Yejun Siwoo Jiho Hajun Jihun Junseo Woojin Seoyeon Seoyun Jiwoo Minseo Hayun Yuna
Eunji Soojin Hyejin Sunghoon Jaehyun Kwang-ho Ji-hye Min-jung Young-soo Somchai Somsak Anong Malee Niran Kanya Preecha
Siriporn
"""
)

EAST_ASIAN_LAST = _words(
    """
Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang Deng Han
Feng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Shen Yao Cui Zhong Tan Lam Wong
Cheung Leung Chan Ho Ng Kwok Tsang Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida
Yamada Sasaki Yamaguchi Matsumoto Inoue Kimura Hayashi Shimizu Saito Mori Abe Ikeda Hashimoto Ishikawa Ogawa Okada
Hasegawa Fujita Goto Kondo Maeda Fujii Endo Aoki Sakamoto Murakami Ota Nishimura Kim Lee Park Choi Jung Kang Cho Yoon
Jang Lim Oh Seo Shin Kwon Hwang Ahn Ryu Hong Saetang Srisai Chaiyasit Suwan Thongchai Wattana Boonmee
"""
)

ARABIC_FIRST = _words(
    """
Ahmed Mohamed Mahmoud Mustafa Omar Ali Hassan Hussein Youssef Ibrahim Khaled Tariq Karim Walid Samir Nabil Rashid
Faisal Abdullah Abdulrahman Hamza Bilal Zaid Anas Yasin Idris Salah Jamal Munir Fadi Rami Ziad Majid Nasser Sami Adel
Hatem Fatima Aisha Maryam Khadija Zainab Layla Noor Huda Amina Salma Yasmin Rania Dina Hala Mona Samira Nadia Farah
Lina Zahra Iman Sara Reem Ghada Basma Wafaa Reza Mehdi Hossein Amir Arash Behrouz Cyrus Dariush Farhad Kaveh Kourosh
Navid Omid Parviz Ramin Siavash Shahram Soheil Bahar Parisa Shirin Azadeh Niloufar Laleh Mahsa Nasrin Golnaz Setareh
Roxana Elham Yildiz
"""
)

ARABIC_LAST = _words(
    """
El-Sayed Al-Masri Haddad Khoury Nasser Mansour Saleh Farouk Aziz Rahman Hamdan Darwish Abboud Shaheen Qasim Tawfiq
Al-Rashid Al-Harbi Al-Ghamdi Al-Zahrani Bin-Laith Ben-Amor Bouazizi Trabelsi Ben-Salah Chebbi Jaziri Mejri Gharbi
Dridi Khelifi Belkacem Bouchareb Benali Ziani Amrani Tazi Alaoui Idrissi Bennani Chraibi Sabbagh Najjar Hakim Kanaan
Totah Asker Naser Gerges Hosseini Ahmadi Karimi Mohammadi Rezaei Moradi Jafari Tehrani Shirazi Esfahani Kazemi Rostami
Farahani Ebrahimi Sadeghi Ghorbani Nazari Bagheri Azizi Hashemi Khan Siddiqui Qureshi Chaudhry Malik Sheikh Ansari
Mirza Baig Iqbal Akhtar
"""
)

SLAVIC_FIRST = _words(
    """
Aleksandr Dmitri Sergei Andrei Alexei Maxim Ivan Mikhail Nikolai Vladimir Yuri Oleg Igor Pavel Roman Viktor Boris
Konstantin Anatoly Evgeny Timofey Grigory Leonid Anastasia Ekaterina Olga Tatiana Natalia Irina Svetlana Elena Ludmila
Galina Yulia Ksenia Daria Polina Vera Nadezhda Oksana Zoya Taras Bohdan Mykola Oleksandr Volodymyr Yaroslav Kateryna
Olena Dragan Milan Zoran Goran Nenad Marko Stefan Luka Jovana Milica Jelena Ana Ivana Snezana Vesna Matej Gasper Anze
Rok Nejc Tjasa Spela Georgi Dimitar Hristo Plamen Desislava Giorgi Nino Levan Davit Tamar Armen Tigran Ani Narek Aram
"""
)

SLAVIC_LAST = _words(
    """
Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov Morozov Volkov Alekseev Lebedev
Semenov Egorov Pavlov Kozlov Stepanov Nikolaev Orlov Andreev Makarov Nikitin Zakharov Ivanova Petrova Sokolova
Morozova Volkova Fedorova Orlova Shevchenko Kovalenko Bondarenko Tkachenko Kravchenko Oliynyk Shevchuk Koval
Polishchuk Jovanovic Petrovic Nikolic Markovic Djordjevic Stojanovic Ilic Pavlovic Kovacevic Horvat Novak Kranjc
Zupancic Kovacic Potocnik Golob Dimitrov Todorov Stoyanov Georgiev Angelov Beridze Kapanadze Gelashvili Sargsyan
Harutyunyan Grigoryan Petrosyan Abramov Belov Gusev Kiselev Krylov Melnikov Osipov Rybakov Tarasov Zhukov
"""
)

SOUTH_FIRST = _words(
    """
Chukwuemeka Ngozi Chinedu Ifeoma Obinna Adaeze Emeka Nneka Uchenna Chidi Amaka Kelechi Nnamdi Chioma Onyekachi Kwame
Kofi Ama Abena Yaw Akosua Thabo Sipho Nomvula Lerato Themba Zanele Wanjiru Kamau Achieng Otieno Mwangi Njeri Amara
Fatou Mamadou Ousmane Aminata Ibrahima Moussa Awa Tendai Rudo Tsegaye Selam Abebe Hana Rajesh Sanjay Priya Anjali
Vikram Arjun Deepak Lakshmi Meera Sunita Ramesh Suresh Kavita Nisha Arun Ravi Gopal Harish Venkatesh Padma Divya Sneha
Tharindu Nuwan Dilshan Giorgos Dimitris Yannis Nikos Kostas Panagiotis Eleni Katerina Sofia Vassiliki Despina
Athanasios Stavros Tane Aroha Hemi Mere Anahera Sione Tevita Malia Sefo Keola Leilani Kalani Sigurjon Gudrun Bjork
Olafur Sigrid Thordis Einar Freydis Hrafn Katrin Aputsiaq Malik Pipaluk Ivalu Nivi Inuk Bilbo Rosie Primrose Marigold
Hamfast Peony Adelard Fosco
"""
)

SOUTH_LAST = _words(
    """
Okonkwo Okafor Eze Nwosu Obi Chukwu Nwachukwu Onyeka Ugwu Igwe Adeyemi Balogun Ogunleye Bello Abubakar Mensah Owusu
Asante Boateng Agyeman Nkosi Dlamini Khumalo Ndlovu Mokoena Zulu Kamau Wanjiku Odhiambo Mutua Kariuki Diallo Traore
Keita Diop Ndiaye Sow Ba Cisse Moyo Ncube Tesfaye Bekele Girma Patel Sharma Singh Gupta Kumar Reddy Iyer Nair Menon
Rao Desai Mehta Joshi Banerjee Chatterjee Mukherjee Das Ghosh Bose Pillai Krishnan Subramanian Perera Fernando Silva
Jayawardena Papadopoulos Georgiou Nikolaidis Papadakis Vlachos Economou Ioannidis Angelopoulos Tamihana Ngata Parata
Tui Fonua Taufa Kealoha Kahale Jonsdottir Sigurdsson Gunnarsson Olafsdottir Einarsson Magnusson Helgadottir
Kristjansson Petersen Lynge Motzfeldt Kleist Baggins Gamgee Proudfoot Boffin Brandybuck Underhill Goodbody Burrows
Hornblower
"""
)

NICKNAMES = _words(
    """
Bob Bobby Bill Billy Jim Jimmy Mike Mikey Dave Steve Tom Tommy Tony Joe Joey Dan Danny Sam Sammy Alex Max Ben Benny
Charlie Chuck Liz Beth Betty Kate Katie Kathy Maggie Meg Peggy Sue Susie Jen Jenny Jess Becky Vicky Mandy Cindy Debbie
Patty Trish Nick Rick Ricky Ron Ronnie Ted Teddy Ned Hank Harry Gus Pepe Paco Nacho Lupe Chema Sasha Misha Kolya Vanya
Katya Olya Masha Dasha Natasha Ilse Heidi Hansi Uschi Jojo Lulu Mimi Coco Kiki Zaza Bibi Didi Ash Jo Jaz Raj Vik Manu
Alf Bert
"""
)


TITLES = """Mr Mr. Mrs Mrs. Ms Ms. Miss Dr Dr. Prof Prof. Professor Doctor Sir Madam Rev. Reverend Fr. Father Sister Rabbi Imam
Judge Justice Hon. Lord Lady Dame Capt. Captain Col. Colonel Maj. Major Lt. Lieutenant Sgt. Sergeant Gen. General Adm. Cpl.
Officer Senator Sen. Rep. Ambassador Dean Mister Herr Frau Hr. Fr. Dr.-Ing. Monsieur Madame M. Mme Mme. Mlle Mademoiselle Señor
Señora Señorita Sr. Sra. Srta. Don Doña Signor Signora Sig. Sig.ra Dott. Senhor Senhora Pan Pani Dhr. Mevr. Mw. Sheikh Haji
Shri Smt. Tan Sri Datuk Engr. Arch. Atty. Mx Mx. Pvt. Cdr. Bishop Pastor Elder Deacon""".replace(
    "Tan Sri", "Tan_Sri"
).split()

COMMON_TITLES = _words(
    """
Mr. Mrs. Ms. Dr. Mr Mrs Ms Dr Miss Prof. Sir Madam
"""
)

SUFFIXES = ["Jr.", "Jr", "Sr.", "III", "II", "PhD", "MD", "Esq."]

PARTICLES = [
    "van",
    "van der",
    "van den",
    "de",
    "de la",
    "del",
    "da",
    "dos",
    "di",
    "von",
    "zu",
    "le",
    "la",
    "bin",
    "ibn",
    "al",
    "ter",
]

_COMPANION_LETTERS = "ABCDEFGHIJKLMNOPRSTVWYZ"


def full_name(
    rng: random.Random, first: str, last: str, second: str, other_last: str, family_first: bool
) -> str:
    """One of the forms in which a full name is written; ``second`` is another given name."""
    roll = rng.random()
    if family_first and roll < 0.4:
        return f"{last} {first}"
    if roll < 0.55:
        return f"{first} {last}"
    forms = (
        lambda: f"{first} {rng.choice(_COMPANION_LETTERS)}. {last}",
        lambda: f"{first} {second} {last}",
        lambda: f"{last}, {first}",
        lambda: f"{last}, {first} {rng.choice(_COMPANION_LETTERS)}.",
        lambda: f"{first} {last}-{other_last}",
        lambda: f"{first} {last} {other_last}",
        lambda: f"{first}-{second} {last}",
        lambda: f"{first[0]}. {last}",
        lambda: f"{first[0]}.{second[0]}. {last}",
        lambda: f"{first[0]} {last}",
        lambda: f"{first} {last[0]}.",
        lambda: f"{first} '{rng.choice(NICKNAMES)}' {last}",
        lambda: f'{first} "{rng.choice(NICKNAMES)}" {last}',
        lambda: f"{first} {rng.choice(PARTICLES)} {last}",
        lambda: (
            f"{first} {last}, {rng.choice(SUFFIXES)}"
            if rng.random() < 0.5
            else f"{first} {last} {rng.choice(SUFFIXES)}"
        ),
        lambda: f"{rng.choice(NICKNAMES)} {last}",
        lambda: f"{first} O'{last}" if rng.random() < 0.4 else f"{first} Mc{last}",
        lambda: f"{last.upper()} {first}" if rng.random() < 0.5 else f"{first} {last.upper()}",
        lambda: first,
        lambda: last,
    )
    return rng.choice(forms)()


def cased(rng: random.Random, name: str) -> str:
    """The name as a hurried writer types it: mostly as it is, now and then in lower or upper case."""
    roll = rng.random()
    if roll < 0.05:
        return name.lower()
    if roll < 0.08:
        return name.upper()
    return name
